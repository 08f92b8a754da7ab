package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kube-anywhere/kube-anywhere/certs"
)

// soon is when an expiry deserves attention, in time to do something about it.
const soon = 30 * 24 * time.Hour

func certsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "certs",
		Short: "Look at a cluster's certificates",
		Long: `Look at the certificates and keys in a pki directory. They are made by compile;
to replace one, delete its files and compile again.`,
		Example: `  kube-anywhere certs list`,
	}
	group(cmd)
	cmd.AddCommand(certsListCommand(a))
	return cmd
}

func certsListCommand(a *app) *cobra.Command {
	var f configFlags
	cmd := &cobra.Command{
		Use:   "list [--pki DIR | -f FILE]",
		Short: "List certificates with their subject, names, use and expiry",
		Long: `List every certificate and key in a pki directory: subject, issuer, names and
addresses, what it may be used for, and when it expires. Nothing is changed.

Without --pki it is the directory beside the config that -f names.`,
		Example: `  kube-anywhere certs list
  kube-anywhere certs list --pki ~/secrets/demo
  kube-anywhere certs list -o json | jq -r '.certificates[] | select(.daysLeft != null and .daysLeft < 30) | .name'`,
		Args: cobra.NoArgs,
	}
	f.bind(cmd)
	output := bindOutput(cmd, "text", "json")
	cmd.RunE = action(func(*cobra.Command, []string) error {
		a.json = output.value == "json"
		dir := f.pkiDir()
		if isMissing(dir) {
			return failWith("file", dir, "there is no such directory",
				"Name it with --pki, or make it with: kube-anywhere compile")
		}
		files, err := a.readPKI(dir)
		if err != nil {
			return err
		}
		if err := a.settle(nil, false); err != nil { // prints what reading found
			return err
		}
		list := a.certificates(files)
		if a.json {
			return writeJSON(a.out, struct {
				PKI          string        `json:"pki"`
				Certificates []certificate `json:"certificates"`
			}{dir, list})
		}
		return a.certsTable(list)
	})
	return cmd
}

// certificate is one entry of certs list -o json.
type certificate struct {
	certs.Info
	// DaysLeft are whole days until it expires, negative after; null for keys.
	DaysLeft *int `json:"daysLeft"`
}

// certificates lists what a pki/ directory holds. The names of control-plane
// machines come from its folders, so that no config is needed.
func (a *app) certificates(files map[string][]byte) []certificate {
	var names certs.Names
	for _, name := range sortedKeys(files) {
		rest, ok := strings.CutPrefix(name, "members/")
		member, _, ok2 := strings.Cut(rest, "/")
		known := slices.ContainsFunc(names.Members, func(m certs.Member) bool { return m.Name == member })
		if ok && ok2 && !known {
			names.Members = append(names.Members, certs.Member{Name: member})
		}
	}
	// Problems are left to validate: it knows the cluster that these are for.
	infos, _ := certs.Read(names, files)
	list := make([]certificate, 0, len(infos))
	for _, info := range infos {
		c := certificate{Info: info}
		if info.NotAfter != nil {
			days := daysBetween(a.env.now(), *info.NotAfter)
			c.DaysLeft = &days
		}
		list = append(list, c)
	}
	return list
}

// daysBetween counts whole days, rounded down, so that nothing seems to last
// longer than it does.
func daysBetween(from, to time.Time) int {
	d := to.Sub(from)
	days := int(d / (24 * time.Hour))
	if d < 0 && d%(24*time.Hour) != 0 {
		days--
	}
	return days
}

func (a *app) certsTable(list []certificate) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSUBJECT\tISSUER\tNAMES\tUSE\tEXPIRES")
	for _, c := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Name, dash(c.Subject), dash(c.Issuer),
			dash(strings.Join(c.SANs, ",")), use(c.Info), a.expiry(a.out, c.NotAfter))
	}
	return w.Flush()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func use(c certs.Info) string {
	switch {
	case c.NotAfter == nil:
		return "key"
	case !c.HasKey:
		return dash(strings.Join(c.Usages, ",")) + " (no key)"
	default:
		return dash(strings.Join(c.Usages, ","))
	}
}

// expiry is a date and how far it is away, in red when it is soon. It is the
// last column: colour codes would make a tabwriter misjudge the width of others.
func (a *app) expiry(w io.Writer, at *time.Time) string {
	if at == nil {
		return "never"
	}
	text := at.UTC().Format(time.DateOnly) + " (" + distance(a.env.now(), *at) + ")"
	if at.Sub(a.env.now()) < soon {
		return a.paint(w, red, text)
	}
	return text
}

// distance is a time as a person says it: "in 364 days", "in 5 hours", "2 days ago".
func distance(now, at time.Time) string {
	d := at.Sub(now)
	if d < 0 {
		return span(-d) + " ago"
	}
	return "in " + span(d)
}

func span(d time.Duration) string {
	if days := int(d / (24 * time.Hour)); days >= 2 {
		return plural(days, "day")
	}
	return plural(int(d.Round(time.Hour)/time.Hour), "hour")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
