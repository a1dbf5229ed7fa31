// asc transform: functions that the audits listen to by their symbols (boot/audit) are never inlined. It runs before optimisation, because
// binaryen keeps the wish with the function. Their names come with commas in $ARCHIPEL_NO_INLINE.
import binaryen from "assemblyscript/binaryen";
import { Transform } from "assemblyscript/transform";

export default class NoInlineTransform extends Transform {
    afterCompile(module) {
        for (const name of (process.env.ARCHIPEL_NO_INLINE ?? "").split(",").filter((each) => each !== "")) {
            binaryen.setPassArgument("no-inline", name);
            module.runPasses(["no-inline"]);
        }
        binaryen.clearPassArguments();
    }
}
