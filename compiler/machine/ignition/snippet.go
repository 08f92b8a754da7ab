package ignition

import (
	"fmt"

	"github.com/coreos/ignition/v2/butane/config/common"
	fcos "github.com/coreos/ignition/v2/butane/config/fcos/v1_4"
	flatcar "github.com/coreos/ignition/v2/butane/config/flatcar/v1_0"
	"github.com/coreos/ignition/v2/config/util"
	"github.com/coreos/ignition/v2/config/v3_3"
	"github.com/coreos/ignition/v2/config/v3_3/types"
	"github.com/coreos/vcontext/report"
	"go.yaml.in/yaml/v3"
)

// Extra is a translated Butane snippet.
type Extra struct{ config types.Config }

// JSON is the snippet as an Ignition config of its own.
func (e Extra) JSON() ([]byte, error) { return marshal(e.config) }

// Problem is one finding of Butane in a snippet. Lines and columns count from
// 1; 0 is unknown.
type Problem struct {
	Line, Column int
	Fatal        bool
	Message      string
}

// versions are Butane's variants and, of each, the version that makes spec
// 3.3.0: newer ones make configs that older images of the OS refuse.
var versions = map[string]struct {
	version   string
	translate func([]byte, common.TranslateBytesOptions) ([]byte, report.Report, error)
}{
	"fcos":    {"1.4.0", fcos.ToIgn3_3Bytes},
	"flatcar": {"1.0.0", flatcar.ToIgn3_3Bytes},
}

// Snippet translates a Butane config of one variant ("flatcar" or "fcos").
// With a fatal problem the result is empty. Files beside it cannot be named.
func Snippet(variant string, butane []byte) (Extra, []Problem) {
	want, ok := versions[variant]
	if !ok {
		return fatal("there is no Butane variant %q here: flatcar and fcos are", variant)
	}
	var head struct{ Variant, Version string }
	if err := yaml.Unmarshal(butane, &head); err != nil {
		return fatal("%v", err)
	}
	if head.Variant != variant || head.Version != want.version {
		return fatal("variant %q, version %q: this OS takes variant %q, version %q",
			head.Variant, head.Version, variant, want.version)
	}
	raw, rep, err := want.translate(butane, common.TranslateBytesOptions{
		TranslateOptions: common.TranslateOptions{NoResourceAutoCompression: true},
	})
	found := problems(rep)
	if err != nil {
		if !rep.IsFatal() {
			found = append(found, Problem{Fatal: true, Message: err.Error()})
		}
		return Extra{}, found
	}
	cfg, rep, err := v3_3.Parse(raw)
	if err != nil {
		return Extra{}, append(found, append(problems(rep), Problem{Fatal: true, Message: err.Error()})...)
	}
	if !util.NilOrEmpty(cfg.Ignition.Config.Replace.Source) {
		return fatal("ignition.config.replace would take the place of the whole machine")
	}
	return Extra{cfg}, found
}

func fatal(format string, args ...any) (Extra, []Problem) {
	return Extra{}, []Problem{{Fatal: true, Message: fmt.Sprintf(format, args...)}}
}

func problems(r report.Report) []Problem {
	var out []Problem
	for _, e := range r.Entries {
		p := Problem{Fatal: e.Kind.IsFatal(), Message: e.Message}
		if e.Context.Len() > 0 {
			p.Message = e.Context.String() + ": " + p.Message
		}
		if at := e.Marker.StartP; at != nil {
			p.Line, p.Column = int(at.Line), int(at.Column)
		}
		out = append(out, p)
	}
	return out
}
