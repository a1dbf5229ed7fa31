/** Parses the Wasm binary format (WebAssembly core specification, chapter 5), as far as asc writes it. Bodies are in wasm-body.ts. */
import { describeOpcode, OP } from "../../emu/wasm/opcodes.ts";
import { FUNCTION_TYPE, VALUE_TYPE } from "../../emu/wasm/types.ts";
import { WasmReader } from "./wasm-reader.ts";

export type ValueType = keyof typeof VALUE_TYPE | "ref";

export type FloatType = "f32" | "f64";

export interface FunctionType {
    readonly params: readonly ValueType[];
    readonly results: readonly ValueType[];
}

/** The text of a type, such as "i32,i64:i32". */
export function signatureOf(type: FunctionType): string {
    return `${type.params.join()}:${type.results.join()}`;
}

export type ExternalKind = "function" | "table" | "memory" | "global";

export interface WasmImport {
    readonly module: string;
    readonly name: string;
    readonly kind: ExternalKind;
    /** The type of an imported function. */
    readonly type?: FunctionType;
}

export interface WasmGlobal {
    readonly type: ValueType;
    readonly mutable: boolean;
    readonly initial: bigint;
    readonly name: string;
}

export interface WasmFunction {
    /** Index in the function index space (imports come first). */
    readonly index: number;
    readonly name: string;
    readonly type: FunctionType;
    /** The types of the locals, parameters first. */
    readonly locals: readonly ValueType[];
    /** The byte range of the code in the module. */
    readonly start: number;
    readonly end: number;
}

export interface WasmModule {
    readonly bytes: Uint8Array;
    readonly types: readonly FunctionType[];
    readonly imports: readonly WasmImport[];
    readonly importedFunctions: readonly WasmImport[];
    readonly functions: readonly WasmFunction[];
    readonly globals: readonly WasmGlobal[];
    readonly exports: readonly { name: string; kind: ExternalKind; index: number }[];
    readonly elements: readonly { offset: number; functions: readonly number[] }[];
    /** `offset` is undefined for passive segments. */
    readonly data: readonly { offset: number | undefined; bytes: Uint8Array }[];
    readonly start: number | undefined;
    readonly functionNames: ReadonlyMap<number, string>;
}

const KINDS: readonly ExternalKind[] = ["function", "table", "memory", "global"];
const TYPES: ReadonlyMap<number, ValueType> = new Map(
    Object.entries(VALUE_TYPE).map(([name, byte]) => [byte, name as ValueType]),
);

export function valueTypeOf(byte: number): ValueType {
    return TYPES.get(byte) ?? "ref";
}

/** Throws an Error that names the offset when the bytes are no Wasm module. */
export function parseWasm(bytes: Uint8Array): WasmModule {
    const magic = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    if (magic.some((byte, i) => bytes[i] !== byte))
        throw new Error("not a WebAssembly module (magic number or version)");
    return new ModuleParser(bytes).parse();
}

class ModuleParser {
    readonly #bytes: Uint8Array;
    readonly #reader: WasmReader;
    readonly #types: FunctionType[] = [];
    readonly #imports: WasmImport[] = [];
    readonly #functionTypes: number[] = [];
    readonly #bodies: { locals: ValueType[]; start: number; end: number }[] = [];
    readonly #globals: { type: ValueType; mutable: boolean; initial: bigint }[] = [];
    readonly #exports: { name: string; kind: ExternalKind; index: number }[] = [];
    readonly #elements: { offset: number; functions: number[] }[] = [];
    readonly #data: { offset: number | undefined; bytes: Uint8Array }[] = [];
    readonly #functionNames = new Map<number, string>();
    readonly #globalNames = new Map<number, string>();
    #start: number | undefined;

    constructor(bytes: Uint8Array) {
        this.#bytes = bytes;
        this.#reader = new WasmReader(bytes, 8);
    }

    parse(): WasmModule {
        const reader = this.#reader;
        while (reader.position < this.#bytes.length) {
            const id = reader.byte();
            const end = reader.u32() + reader.position;
            if (end > this.#bytes.length) throw new Error(`Wasm section ${id} is cut short`);
            this.#section(id, end);
            reader.position = end;
        }
        const importedFunctions = this.#imports.filter((entry) => entry.kind === "function");
        const functions = this.#bodies.map((body, i): WasmFunction => {
            const index = importedFunctions.length + i;
            const type = this.#typeAt(this.#functionTypes[i] ?? -1);
            const name = this.#functionNames.get(index) ?? `function_${index}`;
            return { index, name, type, locals: [...type.params, ...body.locals], start: body.start, end: body.end };
        });
        const globals = this.#globals.map((global, i) => ({
            ...global,
            name: this.#globalNames.get(i) ?? `global_${i}`,
        }));
        return {
            bytes: this.#bytes,
            types: this.#types,
            imports: this.#imports,
            importedFunctions,
            functions,
            globals,
            exports: this.#exports,
            elements: this.#elements,
            data: this.#data,
            start: this.#start,
            functionNames: this.#functionNames,
        };
    }

    #section(id: number, end: number): void {
        const reader = this.#reader;
        switch (id) {
            case 0:
                return this.#customSection(end);
            case 1:
                return this.#repeat(() => this.#types.push(this.#functionType()));
            case 2:
                return this.#repeat(() => this.#imports.push(this.#import()));
            case 3:
                return this.#repeat(() => this.#functionTypes.push(reader.u32()));
            case 6:
                return this.#repeat(() => this.#globals.push({ ...this.#globalType(), initial: this.#constant() }));
            case 7:
                return this.#repeat(() =>
                    this.#exports.push({ name: reader.name(), kind: this.#kind(), index: reader.u32() }),
                );
            case 8:
                this.#start = reader.u32();
                return;
            case 9:
                return this.#repeat(() => this.#element());
            case 10:
                return this.#repeat(() => this.#body());
            case 11:
                return this.#repeat(() => this.#dataSegment());
        }
    }

    #repeat(read: () => void): void {
        for (let count = this.#reader.u32(); count > 0; count--) read();
    }

    #typeAt(index: number): FunctionType {
        const type = this.#types[index];
        if (type === undefined) throw new Error(`Wasm type ${index} does not exist`);
        return type;
    }

    #valueType(): ValueType {
        return valueTypeOf(this.#reader.byte());
    }

    #kind(): ExternalKind {
        const kind = KINDS[this.#reader.byte()];
        if (kind === undefined) throw new Error(`unknown kind of Wasm import or export at ${this.#reader.position}`);
        return kind;
    }

    #functionType(): FunctionType {
        const reader = this.#reader;
        if (reader.byte() !== FUNCTION_TYPE) throw new Error(`Wasm type at ${reader.position} is no function type`);
        const params: ValueType[] = [];
        const results: ValueType[] = [];
        this.#repeat(() => params.push(this.#valueType()));
        this.#repeat(() => results.push(this.#valueType()));
        return { params, results };
    }

    #import(): WasmImport {
        const reader = this.#reader;
        const module = reader.name();
        const name = reader.name();
        const kind = this.#kind();
        if (kind === "function") return { module, name, kind, type: this.#typeAt(reader.u32()) };
        if (kind === "global") this.#globalType();
        if (kind === "table") reader.byte();
        if (kind === "table" || kind === "memory") this.#limits();
        return { module, name, kind };
    }

    #limits(): void {
        const flags = this.#reader.byte();
        this.#reader.u32();
        if ((flags & 1) !== 0) this.#reader.u32();
    }

    #globalType(): { type: ValueType; mutable: boolean } {
        const type = this.#valueType();
        return { type, mutable: this.#reader.byte() === 1 };
    }

    /** A constant expression: one i32.const, i64.const or float constant (a float as its bits). */
    #constant(): bigint {
        const reader = this.#reader;
        let value = 0n;
        for (;;) {
            const op = reader.byte();
            switch (op) {
                case OP.end:
                    return value;
                case OP.i32Const:
                    value = BigInt(reader.s32());
                    break;
                case OP.i64Const:
                    value = reader.s64();
                    break;
                case OP.f32Const:
                    value = reader.bits(4);
                    break;
                case OP.f64Const:
                    value = reader.bits(8);
                    break;
                default:
                    throw new Error(`Wasm constant expression uses ${describeOpcode(op)}`);
            }
        }
    }

    #element(): void {
        const reader = this.#reader;
        const flags = reader.u32();
        if (flags > 3) throw new Error("Wasm element segments of expressions are not supported");
        if (flags === 2) reader.u32();
        const offset = (flags & 1) === 0 ? Number(this.#constant()) : -1;
        if (flags !== 0) reader.byte();
        const functions: number[] = [];
        this.#repeat(() => functions.push(reader.u32()));
        if (offset >= 0) this.#elements.push({ offset, functions });
    }

    #body(): void {
        const reader = this.#reader;
        const end = reader.u32() + reader.position;
        const locals: ValueType[] = [];
        this.#repeat(() => {
            const count = reader.u32();
            const type = this.#valueType();
            for (let i = 0; i < count; i++) locals.push(type);
        });
        this.#bodies.push({ locals, start: reader.position, end });
        reader.position = end;
    }

    #dataSegment(): void {
        const reader = this.#reader;
        const flags = reader.u32();
        if (flags === 2) reader.u32();
        const offset = flags === 1 ? undefined : Number(BigInt.asUintN(32, this.#constant()));
        const length = reader.u32();
        this.#data.push({ offset, bytes: this.#bytes.subarray(reader.position, reader.position + length) });
        reader.position += length;
    }

    #customSection(end: number): void {
        const reader = this.#reader;
        if (reader.name() !== "name") return;
        while (reader.position < end) {
            const id = reader.byte();
            const next = reader.u32() + reader.position;
            const names = id === 1 ? this.#functionNames : id === 7 ? this.#globalNames : undefined;
            if (names !== undefined) this.#repeat(() => names.set(reader.u32(), reader.name()));
            reader.position = next;
        }
    }
}
