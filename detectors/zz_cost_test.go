package detectors_test
import ("testing";"os";"fmt";"sort";"time";"path/filepath";"strings";"io/fs"
"github.com/leakguard/leakguard/detectors"
"github.com/leakguard/leakguard/detectors/providers"
"github.com/leakguard/leakguard/detectors/rules")
func TestCost(t *testing.T){
 var text [][]byte; total:=0
 filepath.WalkDir(os.Getenv("CORPUS"),func(p string,d fs.DirEntry,err error)error{ if err!=nil||d.IsDir(){return nil}; if strings.Contains(p,"/.git/"){return nil}; b,_:=os.ReadFile(p); if total<30<<20 {text=append(text,b); total+=len(b)}; return nil})
 all,_:=providers.Load()
 type c struct{id string; d time.Duration; n int}
 var cs []c
 base:=time.Duration(0)
 for _,p:=range all{ for _,r:=range p.Rules{
  e,_:=detectors.New([]*rules.Provider{{ID:p.ID,Rules:[]*rules.Rule{r}}},detectors.Options{MinConfidence:1})
  s:=time.Now(); n:=0
  for _,b:=range text{ n+=len(e.Scan(b,""))}
  cs=append(cs,c{r.ID,time.Since(s),n})
 }}
 sort.Slice(cs,func(i,j int)bool{return cs[i].d<cs[j].d})
 base=cs[len(cs)/4].d
 fmt.Println(total, "base",base)
 for i:=len(cs)-1;i>=0&&i>len(cs)-40;i--{fmt.Println(cs[i].id,cs[i].d-base,cs[i].n)}
}
