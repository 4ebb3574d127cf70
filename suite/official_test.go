package suite

// This file compares verdicts with the official runner of the wasi-testsuite,
// where a checkout of it and a Python that can run it are at hand.

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

// suiteVar names the folder of a checkout of the wasi-testsuite.
const suiteVar = "DRAY_WASI_TESTSUITE"

// adapter makes the official runner start the fake runtime as Dray does.
const adapter = `
def get_name(): return "fake"
def get_version(): return "1"
def get_wasi_versions(): return ["wasm32-wasip1"]
def get_wasi_worlds(): return ["wasi:cli/command"]
def compute_argv(test_path, args_env_root, proposals, wasi_world, wasi_version):
    args, env, root = args_env_root
    argv = [%q]
    for k, v in env.items():
        argv += ["--env", f"{k}={v}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [test_path] + args
`

func TestSameVerdictsAsOfficialRunner(t *testing.T) {
	checkout := os.Getenv(suiteVar)
	if checkout == "" {
		t.Skipf("%s is not set: it names a checkout of the wasi-testsuite", suiteVar)
	}
	interpreter := python(t)
	if interpreter == "" {
		t.Skip("no Python of version 3.12 with requests and colorama; DRAY_PYTHON names one")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the cases use signals")
	}
	files := map[string]string{"adapter.py": fmt.Sprintf(adapter, fakeRunner(t).Command[0])}
	want := map[string]Outcome{}
	for _, c := range verdictCases {
		if c.ours {
			continue
		}
		for name, content := range c.files() {
			files["suite/"+name] = content
		}
		want[c.name] = c.want
	}
	dir := writeSuite(t, files)
	report := filepath.Join(dir, "report.json")
	cmd := exec.Command(interpreter, filepath.Join(checkout, "test-runner", "wasi_test_runner.py"), "--disable-colors",
		"-t", filepath.Join(dir, "suite"), "-r", filepath.Join(dir, "adapter.py"), "--json-output-location", report)
	out, err := cmd.CombinedOutput()
	src, readErr := os.ReadFile(report)
	if readErr != nil {
		t.Fatalf("the official runner wrote no report: %v\n%s", err, out)
	}
	var got struct {
		Results []struct {
			Tests []struct {
				Name, Outcome string
				Failures      []string
			}
		}
	}
	if err := json.Unmarshal(src, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Results) != 1 || len(got.Results[0].Tests) != len(want) {
		t.Fatalf("the official runner reports on other tests: %s", src)
	}
	for _, r := range got.Results[0].Tests {
		if Outcome(r.Outcome) != want[r.Name] {
			t.Errorf("%s: the official runner says %s %q, dray says %s", r.Name, r.Outcome, r.Failures, want[r.Name])
		}
	}
}

// officialParse reads specs with the official parser and validator and prints
// the names of those it refuses.
const officialParse = `
import sys, pathlib
sys.path.insert(0, sys.argv[1])
from wasi_test_runner.test_case import Config, TestCaseValidator
for p in sorted(pathlib.Path(sys.argv[2]).glob("*.json")):
    try:
        TestCaseValidator(Config.from_file(str(p)), str(p)).validate()
    except Exception:
        print(p.stem)
`

func TestOfficialParserRefusesBadSpecs(t *testing.T) {
	checkout, interpreter := os.Getenv(suiteVar), python(t)
	if checkout == "" || interpreter == "" {
		t.Skipf("%s is not set, or no Python can run the official runner", suiteVar)
	}
	files := map[string]string{}
	for _, c := range badSpecs {
		files[c.name+".json"] = c.spec
	}
	for _, c := range verdictCases {
		if c.spec != "" {
			files["good-"+c.name+".json"] = c.spec
		}
	}
	dir := writeSuite(t, files)
	out, err := exec.Command(interpreter, "-c", officialParse, filepath.Join(checkout, "test-runner"), dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]bool{}
	for _, name := range regexp.MustCompile(`\S+`).FindAllString(string(out), -1) {
		refused[name] = true
	}
	for _, c := range badSpecs {
		if !refused[c.name] {
			t.Errorf("%s: the official runner takes this spec", c.name)
		}
		delete(refused, c.name)
	}
	for name := range refused {
		t.Errorf("%s: the official runner refuses this spec", name)
	}
}
