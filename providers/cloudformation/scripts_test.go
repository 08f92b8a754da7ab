package cloudformation_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// site is a compiled cluster in a directory, and a cloud that is not one: the
// programs in testdata/bin stand in for aws and kubectl.
type site struct {
	t          *testing.T
	dir, cloud string
	env        []string
}

// write compiles a config into the site.
func (s *site) write(config string) {
	s.t.Helper()
	if err := compile(s.t, config).Write(s.dir, true); err != nil {
		s.t.Fatal(err)
	}
	s.env = []string{"CLOUD=" + s.cloud, "STORE=" + s.setting("stack") + "-store"}
}

func newSite(t *testing.T, config string) *site {
	t.Helper()
	s := &site{t: t, dir: filepath.Join(t.TempDir(), "out"), cloud: t.TempDir()}
	s.write(config)
	return s
}

func (s *site) setting(name string) string {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.read("cloudformation/settings"), "\n"+name+"='")
	value, _, _ := strings.Cut(rest, "'")
	return value
}

func (s *site) read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// run runs a script of the output with an answer to its questions, and gives
// what it said, what it asked of the cloud, and its exit code.
func (s *site) run(answer, script string, args ...string) (said, asked string, code int) {
	s.t.Helper()
	log := filepath.Join(s.cloud, "log")
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
	bin, err := filepath.Abs("testdata/bin")
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(s.dir, script), args...)
	cmd.Env = append(os.Environ(), append(s.env, "PATH="+bin+":"+os.Getenv("PATH"))...)
	cmd.Stdin = strings.NewReader(answer)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState.ExitCode() < 0 {
		s.t.Fatal(err)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(out), string(text), cmd.ProcessState.ExitCode()
}

// ok is run where nothing may go wrong.
func (s *site) ok(script string, args ...string) (said, asked string) {
	s.t.Helper()
	said, asked, code := s.run("", script, args...)
	if code != 0 {
		s.t.Fatalf("%s %v ended with %d:\n%s", script, args, code, said)
	}
	return said, asked
}

// left is what there still is in the cloud.
func (s *site) left() []string {
	s.t.Helper()
	var out []string
	for _, dir := range []string{"stacks", "buckets"} {
		found, err := filepath.Glob(filepath.Join(s.cloud, dir, "*"))
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}

// inOrder says whether a text has all parts, one after the other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Errorf("%q is missing, or not after the others, in:\n%s", part, text)
			return
		}
		rest = after
	}
}

func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is in:\n%s", part, text)
		}
	}
}

func TestUp(t *testing.T) {
	t.Parallel()
	s := newSite(t, small)
	said, asked, code := s.run("y\n", "up")
	if code != 0 {
		t.Fatal(said)
	}
	inOrder(t, said, "Add\tNone\tAWS::EC2::VPC\tNetwork", "Go on? [y/N]", "nodes Ready")
	inOrder(t, asked, "describe-images --owners 075585003325",
		"create-change-set", "--change-set-type CREATE", "--template-body file://cloudformation/cluster.json",
		"--capabilities CAPABILITY_IAM --parameters ParameterKey=ImageFlatcarAmd64,ParameterValue=ami-0123456789abcdef0",
		"execute-change-set")
	lacks(t, asked, "Version,ParameterValue", " s3 ")
	inOrder(t, s.read("kubeconfig.public"), "server: https://198.51.100.7:6443\n", "tls-server-name: kubernetes")
	if info, err := os.Stat(filepath.Join(s.dir, "kubeconfig.public")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("kubeconfig.public: %v, %v", info, err)
	}

	said, asked = s.ok("up", "--yes")
	inOrder(t, said, "is as it was compiled", "nodes Ready")
	inOrder(t, asked, "--change-set-type UPDATE", "ParameterKey=ControlPlane0Version,ParameterValue=1")
	lacks(t, asked, "execute-change-set")
}

func TestUpLeavesNothingWhenToldNo(t *testing.T) {
	t.Parallel()
	s := newSite(t, large)
	said, asked, code := s.run("n\n", "up")
	if code != 1 || len(s.left()) != 0 {
		t.Errorf("ended with %d, and left %q:\n%s", code, s.left(), said)
	}
	lacks(t, asked, "execute-change-set")
}

func TestReplace(t *testing.T) {
	t.Parallel()
	s := newSite(t, three)
	said, _, code := s.run("", "up", "--replace", "controlplane-1", "-y")
	inOrder(t, said, "there is no controlplane-1 yet")
	if code != 2 {
		t.Errorf("ended with %d", code)
	}
	s.ok("up", "-y")
	_, asked := s.ok("up", "-y", "--replace", "controlplane-1")
	inOrder(t, asked,
		"ParameterKey=ControlPlane1Version,ParameterValue=0", "execute-change-set",
		"ParameterKey=ControlPlane1Version,ParameterValue=7", "execute-change-set")
	lacks(t, asked, "ControlPlane0Version,ParameterValue=7", "ControlPlane2Version,ParameterValue=7")

	// It stays at that version from then on.
	_, asked = s.ok("up", "-y")
	inOrder(t, asked, "ParameterKey=ControlPlane1Version,ParameterValue=7")

	for _, args := range [][]string{{"--replace"}, {"--replace", "controlplane-3"}, {"-x"}} {
		if said, _, code := s.run("", "up", args...); code != 2 {
			t.Errorf("up %q ended with %d: %s", args, code, said)
		}
	}
}

// TestReplaceCutShort: whoever says no to the second half, or is cut off, finishes
// with the next up.
func TestReplaceCutShort(t *testing.T) {
	t.Parallel()
	s := newSite(t, three)
	s.ok("up", "-y")
	if said, _, code := s.run("y\nn\n", "up", "--replace", "controlplane-2"); code != 1 {
		t.Fatalf("ended with %d: %s", code, said)
	}
	said, asked := s.ok("up", "-y", "--replace", "controlplane-0")
	inOrder(t, said, "the replacement of controlplane-2 was cut short")
	inOrder(t, asked, "ParameterKey=ControlPlane2Version,ParameterValue=7", "execute-change-set")
	lacks(t, asked, "ParameterKey=ControlPlane0Version,ParameterValue=0")
}

func TestStore(t *testing.T) {
	t.Parallel()
	s := newSite(t, large)
	_, asked := s.ok("up", "-y")
	inOrder(t, asked,
		"-store --change-set-type CREATE", "--template-body file://cloudformation/store.json", "execute-change-set",
		"s3 sync objects s3://"+s.setting("bucket")+" ",
		"--template-body file://cloudformation/cluster.json", "execute-change-set",
		"s3 sync --delete objects")

	// A smaller payload needs no bucket any more.
	s.write(small)
	_, asked = s.ok("up", "-y")
	inOrder(t, asked, "execute-change-set", "s3 rm --recursive", "delete-stack", "-store")
	if left := s.left(); len(left) != 1 {
		t.Errorf("there are %q, expected the cluster's stack alone", left)
	}
}

func TestTemplateFromStore(t *testing.T) {
	t.Parallel()
	s := newSite(t, ubuntu)
	_, asked := s.ok("up", "-y")
	inOrder(t, asked, "store.json", "execute-change-set", "s3 cp cloudformation/cluster.json", "--template-url https://", "execute-change-set", "s3 rm --recursive")
	lacks(t, asked, "s3 sync", "--template-body file://cloudformation/cluster.json")
}

func TestDown(t *testing.T) {
	t.Parallel()
	s := newSite(t, large)
	said, asked := s.ok("down")
	inOrder(t, said, "there is nothing to take away")
	lacks(t, asked, "delete-stack")
	s.ok("up", "-y")

	if said, _, code := s.run("\n", "down"); code != 1 || len(s.left()) != 3 {
		t.Errorf("ended with %d, and left %q:\n%s", code, s.left(), said)
	}
	said, asked, code := s.run("yes\n", "down")
	if code != 0 || len(s.left()) != 0 {
		t.Errorf("ended with %d, and left %q:\n%s", code, s.left(), said)
	}
	inOrder(t, said, "AWS::EC2::VPC\tNetwork\tvpc-", "Delete all of this", "is gone")
	inOrder(t, asked, "delete-stack", "s3 rm --recursive", "delete-stack")
	if _, err := os.Stat(filepath.Join(s.dir, "kubeconfig.public")); err == nil {
		t.Error("kubeconfig.public is still there")
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	s := newSite(t, small)
	s.env = append(s.env, "IMAGE=None")
	said, _, code := s.run("", "up", "-y")
	inOrder(t, said, "075585003325 has no image Flatcar-stable-*-hvm in us-east-1: name one in provider.cloudformation.images")
	if code != 1 || len(s.left()) != 0 {
		t.Errorf("ended with %d, and left %q", code, s.left())
	}

	s = newSite(t, small)
	s.env = append(s.env, "CREATED=ROLLBACK_COMPLETE")
	said, _, code = s.run("", "up", "-y")
	inOrder(t, said, "is ROLLBACK_COMPLETE:", "The maximum number of VPCs has been reached.")
	if code != 1 {
		t.Errorf("ended with %d", code)
	}
	s.env = append(s.env, "CREATED=CREATE_COMPLETE")
	said, _ = s.ok("up", "-y")
	inOrder(t, said, "never came up (ROLLBACK_COMPLETE): what is left of it goes first", "nodes Ready")
}

// TestShellcheck has the scripts read, with what they read themselves.
func TestShellcheck(t *testing.T) {
	t.Parallel()
	s := newSite(t, small)
	if _, err := exec.LookPath("shellcheck"); err != nil {
		t.Fatal("shellcheck is missing: apt-get install shellcheck")
	}
	cmd := exec.Command("shellcheck", "--external-sources", "up", "down", "wait", "cloudformation/stack.sh", "cloudformation/settings")
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
