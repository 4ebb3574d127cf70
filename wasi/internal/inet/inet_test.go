package inet

import (
	"net/netip"
	"testing"
)

func TestForms(t *testing.T) {
	if a := From4(IPv4{F0: 127, F2: 2, F3: 1}); a != netip.MustParseAddr("127.0.2.1") {
		t.Error(a)
	}
	if a := From6(IPv6{F0: 0x2001, F1: 0xdb8, F7: 0xff01}, 7); a != netip.MustParseAddr("2001:db8::ff01") {
		t.Error(a)
	}
	for _, c := range []struct {
		addr  string
		scope uint32
		want  string
	}{
		{"fe80::1", 0, "fe80::1"},
		{"fe80::1", 7, "fe80::1%7"},
		{"ff02::1", 4294967295, "ff02::1%4294967295"},
		{"::1", 7, "::1"},
		{"fe80::1%eth0", 0, "fe80::1"},
	} {
		a := From6(To6(netip.MustParseAddr(c.addr)), c.scope)
		if a.String() != c.want {
			t.Errorf("%s on %d is %s", c.addr, c.scope, a)
		}
		if s := Scope(a); a.Zone() != "" && s != c.scope || a.Zone() == "" && s != 0 {
			t.Errorf("the scope of %s is %d", a, s)
		}
	}
	for _, zone := range []string{"eth0", "-1", "4294967296", ""} {
		if s := Scope(netip.MustParseAddr("fe80::1").WithZone(zone)); s != 0 {
			t.Errorf("zone %q has number %d", zone, s)
		}
	}
}

// An address is what it was after the way to the guest and back.
func FuzzForms(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "::", "::1", "::ffff:1.2.3.4", "fe80::1", "ff02::1"} {
		b, _ := netip.MustParseAddr(s).MarshalBinary()
		f.Add(b, uint32(0))
		f.Add(b, uint32(7))
	}
	f.Fuzz(func(t *testing.T, b []byte, scope uint32) {
		a, ok := netip.AddrFromSlice(b)
		switch {
		case !ok:
		case a.Is4():
			if back := From4(To4(a)); back != a {
				t.Errorf("%v became %v", a, back)
			}
		default:
			back := From6(To6(a), scope)
			if back.WithZone("") != a || back.Zone() != "" && Scope(back) != scope {
				t.Errorf("%v became %v", a, back)
			}
		}
	})
}
