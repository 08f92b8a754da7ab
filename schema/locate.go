package schema

// Locate gives diagnostics that later stages found in a config their line and
// column, by their Path, and sorts them.
func Locate(doc []byte, file string, problems []Diagnostic) []Diagnostic {
	return source{text: doc, file: file}.finish(problems)
}
