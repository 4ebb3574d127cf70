package valid
import ("testing";"fmt";"strings";"sort";"errors";"github.com/dray-wasm/dray/component";"github.com/dray-wasm/dray/wasm";"github.com/dray-wasm/dray/diag")
func TestAdhoc(t *testing.T){
 need:=map[string]map[string]int{}
 for _,w:=range suiteForms(t){
  if w.c==nil||w.command=="assert_malformed"{continue}
  if w.command=="assert_invalid"{
    for _,fs:=range []component.Features{component.Released, component.AllFeatures}{
     _,err:=Component(w.c,fs,wasm.AllFeatures)
     if err==nil{fmt.Println("ACCEPTED",w.file,w.line,fs)}
    }
    continue
  }
  for f:=range component.NumFeatures{
   _,err:=Component(w.c,component.AllFeatures.Without(f),wasm.AllFeatures)
   var e *diag.Error
   if errors.As(err,&e){
     d:=strings.SplitN(w.file,"/",2)[0]
     if w.command=="" {d=w.file}
     if need[d]==nil{need[d]=map[string]int{}}
     need[d][f.String()]++
   }
  }
 }
 var ks []string
 for k:=range need{ks=append(ks,k)}
 sort.Strings(ks)
 for _,k:=range ks{fmt.Println(k,need[k])}
}
