package valtype

import "testing"

func TestVersionOrder(t *testing.T) {
	// The example of semver.org, section 11.
	order := []string{"0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
		"1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"}
	for i, a := range order {
		for j, b := range order {
			v, err := ParseVersion(a)
			w, err2 := ParseVersion(b)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			got, want := v.Compare(w), 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got != want {
				t.Errorf("%s against %s: got %d, want %d", a, b, got, want)
			}
		}
	}
	a, _ := ParseVersion("1.0.0+a")
	b, _ := ParseVersion("1.0.0+b")
	if a.Compare(b) != 0 {
		t.Error("the build counts")
	}
}

func TestCanon(t *testing.T) {
	for s, want := range map[string][2]string{
		"1.2.3": {"1", ".2.3"}, "0.2.6-rc.1": {"0.2", ".6-rc.1"}, "0.0.1-alpha": {"0.0.1", "-alpha"}, "0.0.0": {"0.0.0", ""}, "10.0.0+b": {"10", ".0.0+b"},
	} {
		v, err := ParseVersion(s)
		if err != nil {
			t.Fatal(err)
		}
		if c, rest := v.Canon(); c != want[0] || rest != want[1] {
			t.Errorf("%s: got %q and %q, want %q", s, c, rest, want)
		}
		if _, err := ParseCanonVersion(want[0]); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"", "0", "0.0", "1.0", "01", "1.2.3", "0.2.1", "1-a", "x", "0.0.1-a", "99999999999999999999"} {
		if _, err := ParseCanonVersion(s); err == nil {
			t.Errorf("%q is taken for a canonical version", s)
		}
	}
}

func TestMatchName(t *testing.T) {
	have := []string{"plain", "w:c/run@0.2.0", "w:c/run@0.2.9", "w:c/run@0.2.3", "w:c/run@0.3.0-rc-2026-03-15", "w:c/run@0.3.0",
		"w:c/run@1.4.0", "w:c/run@1.2.0-x", "w:c/run@0.0.1", "w:c/bare", "w:c/run2@0.2.99", "w:d/x@0.2", "w:d/x@2"}
	for want, is := range map[string]string{
		"plain": "plain", "Plain": "", "w:c/run@0.2.0": "w:c/run@0.2.0", "w:c/run@0.2.5": "w:c/run@0.2.9", "w:c/run@0.2.12": "w:c/run@0.2.9",
		"w:c/run@0.3.1": "w:c/run@0.3.0", "w:c/run@0.3.0-rc-2026-03-15": "w:c/run@0.3.0-rc-2026-03-15", "w:c/run@0.3.0-other": "",
		"w:c/run@1.0.0": "w:c/run@1.4.0", "w:c/run@1.9.9": "w:c/run@1.4.0", "w:c/run@2.0.0": "", "w:c/run@0.0.1": "w:c/run@0.0.1", "w:c/run@0.0.2": "",
		"w:c/run@0.2": "w:c/run@0.2.9", "w:c/run@1": "w:c/run@1.4.0", "w:c/run": "", "w:c/bare": "w:c/bare", "w:c/bare@1.0.0": "",
		"w:d/x@0.2.7": "w:d/x@0.2", "w:d/x@2.1.0": "w:d/x@2", "w:c/run@bad": "",
	} {
		i, ok := MatchName(want, have)
		got := ""
		if ok {
			got = have[i]
		}
		if got != is {
			t.Errorf("%s: got %q, want %q", want, got, is)
		}
	}
	// The pre-release of WASI that is its release, either way.
	const rc, other = "wasi:c/run@0.3.0-rc-2026-03-15", "wasi:c/run@0.3.0-rc-2026-01-01"
	for _, tt := range []struct {
		want, have string
		ok         bool
	}{
		{rc, rc, true}, {rc, "wasi:c/run@0.3.0", true}, {rc, "wasi:c/run@0.3.1", true}, {"wasi:c/run@0.3.0", rc, true}, {"wasi:c/run@0.3.2", rc, true},
		{rc, "wasi:c/run@0.2.0", false}, {rc, "wasi:c/run", false}, {rc, other, false}, {other, "wasi:c/run@0.3.0", false}, {"wasi:c/run@0.3.0", other, false},
		{"a:c/run@0.3.0-rc-2026-03-15", "a:c/run@0.3.0", false}, {rc + "+x", "wasi:c/run@0.3.0", false},
	} {
		if _, ok := MatchName(tt.want, []string{tt.have}); ok != tt.ok {
			t.Errorf("%s and %s: %t", tt.want, tt.have, ok)
		}
	}
	if i, _ := MatchName("wasi:c/run@0.3.1", []string{"wasi:c/run@0.3.0", rc}); i != 0 {
		t.Error("the pre-release is taken before the release")
	}
}
