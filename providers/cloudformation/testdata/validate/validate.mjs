// Prints what AWS's own validator finds in CloudFormation templates, one finding
// as JSON a line. One process looks at all of them: the validator takes seconds to
// start, and milliseconds for a template.
//
//   node validate.mjs FILE...
import { CelEngine, TemplateFile } from "@aws/cloudformation-validate";

const engine = new CelEngine();
for (const file of process.argv.slice(2)) {
  for (const { severity, ruleId, message } of engine.validateStandard(new TemplateFile(file)).diagnostics) {
    console.log(JSON.stringify({ file, severity, rule: ruleId, message }));
  }
}
engine.free();
