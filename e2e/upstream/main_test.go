package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// taskVariable names what this process is to do instead of running tests; its
// arguments are the task's.
const taskVariable = "KUBE_ANYWHERE_TASK"

// tasks are done in a process of their own, and what they give is printed as
// JSON: components keep settings in global variables, and watch files for as
// long as they live.
var tasks = map[string]func(args []string) any{staticPodsTask: listStaticPods}

func init() {
	for _, c := range components() {
		tasks[c.name] = func(args []string) any {
			problems := []string{}
			for _, err := range c.judge(args) {
				problems = append(problems, err.Error())
			}
			return problems
		}
	}
}

func TestMain(m *testing.M) {
	if task := tasks[os.Getenv(taskVariable)]; task != nil {
		_ = json.NewEncoder(os.Stdout).Encode(task(os.Args[1:]))
		return
	}
	var err error
	if suiteDir, err = os.MkdirTemp("", "upstream"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(suiteDir)
	os.Exit(code)
}

// taskTimeout is far above what a task takes (a few seconds on a busy machine):
// only one that waits for a cluster meets it.
const taskTimeout = 2 * time.Minute

// elsewhere starts this binary again for a task, and gives what that logged.
func elsewhere(t *testing.T, task string, args []string, result any) (log string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), taskTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	// Nothing of this machine's own settings: a proxy or a kubeconfig would count.
	home := t.TempDir()
	cmd.Env = []string{taskVariable + "=" + task, "HOME=" + home, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH")}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if err == nil {
		err = json.Unmarshal(stdout.Bytes(), result)
	}
	if err != nil {
		err = fmt.Errorf("%s ended early: %w: %s%s", task, err, stdout.String(), stderr.String())
	}
	return stderr.String(), err
}

// complaint is a line of a log that warns. klog writes W or E in front, and
// more and more of Kubernetes warns in words alone; etcd has a level in JSON.
var complaint = regexp.MustCompile(`^[WEF]\d{4} \S+ +\d+ [^]]*] (.*)` +
	`|^I\d{4} \S+ +\d+ [^]]*] (.*(?i:warning|lenient|deprecated|unsupported|insecure).*)` +
	`|^\{"level":"(?:warn|error|fatal|panic)".*"msg":"([^"]*)`)

// complaints are the warnings in a log that allowed_test.go has no reason for.
func complaints(name, log string) []string {
	var all []string
	for line := range strings.Lines(log) {
		found := complaint.FindStringSubmatch(line)
		if found == nil || allowedWarning(name, line) {
			continue
		}
		all = append(all, "it warns: "+strings.TrimSpace(found[1]+found[2]+found[3]))
	}
	return all
}
