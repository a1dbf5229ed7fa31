// asc transform: writes the layouts of the program's @unmanaged classes as JSON to $ARCHIPEL_LAYOUT_FILE, for the auditor,
// the tests and the check that structs are padded (DESIGN 3.4, 4.6).
import { writeFileSync } from "node:fs";
import { getConstValueI32, getGlobalInit } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

export default class LayoutTransform extends Transform {
    afterCompile(module) {
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
        // Binaryen drops trailing zeros of data, so only the heap base tells where static data ends.
        const heapBase = module.getGlobal("~lib/memory/__heap_base");
        const staticEnd = heapBase === 0 ? 0 : getConstValueI32(getGlobalInit(heapBase)) >>> 0;
        writeFileSync(process.env.ARCHIPEL_LAYOUT_FILE, JSON.stringify({ staticEnd, layouts }, null, 1));
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
