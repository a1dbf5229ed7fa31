// asc transform: writes the layouts of the program's @unmanaged classes as JSON to $ARCHIPEL_LAYOUT_FILE, for the auditor, the tests and
// the check that structs are padded (docs/compiler.md, "What guest code may not do").
import { writeFileSync } from "node:fs";
import { Transform } from "assemblyscript/transform";

/** Binaryen drops trailing zeros of data, so only asc's heap base tells where static data ends. asc.ts reads it back. */
const STATIC_END = "export function __archipel_static_end(): usize { return __heap_base; }";

export default class LayoutTransform extends Transform {
    afterParse(parser) {
        parser.parseFile(STATIC_END, "archipel-static-end.ts", true);
    }

    afterCompile() {
        const layouts = [];
        for (const file of this.program.filesByName.values()) {
            if (file.source.isLibrary || file.members === null) continue;
            for (const element of file.members.values()) {
                for (const instance of element.instances?.values() ?? []) {
                    const layout = layoutOf(instance, file.internalName);
                    if (layout !== undefined) layouts.push(layout);
                }
            }
        }
        writeFileSync(process.env.ARCHIPEL_LAYOUT_FILE, JSON.stringify(layouts, null, 1));
    }
}

function layoutOf(instance, file) {
    if (instance.nextMemoryOffset === undefined || !instance.type.isUnmanaged) return undefined;
    const fields = [];
    for (const member of instance.members?.values() ?? []) {
        const field = member.instance ?? member;
        if (!(field.memoryOffset >= 0) || field.type === undefined) continue;
        fields.push({
            name: field.name,
            offset: field.memoryOffset,
            size: field.type.byteSize,
            type: field.type.toString(),
        });
    }
    fields.sort((a, b) => a.offset - b.offset);
    return { name: instance.name, file, size: instance.nextMemoryOffset, fields };
}
