/** Computes the worst-case stack depth over the call graph (docs/compiler.md, "What guest code may not do"). */

export interface StackFunction {
    readonly name: string;
    readonly frameSize: number;
    readonly calls: readonly string[];
    /** Signatures that the function calls through the table. */
    readonly indirectCalls: readonly string[];
}

export interface StackOptions {
    /** The functions in the table by signature: those that an indirect call may reach. */
    readonly tableFunctions: ReadonlyMap<string, readonly string[]>;
    /** Frame sizes of external symbols (assembly). A symbol without one has 0. */
    readonly external?: Readonly<Record<string, number>>;
    /** How often a recursive function may be on the stack at once. */
    readonly recursion?: Readonly<Record<string, number>>;
}

export interface StackDepth {
    readonly bytes: number;
    /** The deepest chain of calls, outermost first. */
    readonly chain: readonly string[];
    /** Recursive functions without a stated bound. The depth counts each of them once. */
    readonly unbounded: readonly string[];
}

interface Deepest {
    readonly bytes: number;
    readonly next: string | undefined;
}

/** The depth of a call of `root`. */
export function stackDepth(functions: readonly StackFunction[], root: string, options: StackOptions): StackDepth {
    const graph = new CallGraph(functions, options);
    const { bytes } = graph.visit(root);
    const chain: string[] = [];
    const seen = new Set<string>();
    for (let name: string | undefined = root; name !== undefined && !seen.has(name); name = graph.visit(name).next) {
        seen.add(name);
        chain.push(name);
    }
    return { bytes, chain, unbounded: [...graph.unbounded].sort() };
}

class CallGraph {
    readonly unbounded = new Set<string>();
    readonly #functions: ReadonlyMap<string, StackFunction>;
    readonly #options: StackOptions;
    readonly #known = new Map<string, Deepest>();
    readonly #open = new Set<string>();

    constructor(functions: readonly StackFunction[], options: StackOptions) {
        this.#functions = new Map(functions.map((fn) => [fn.name, fn]));
        this.#options = options;
    }

    visit(name: string): Deepest {
        const known = this.#known.get(name);
        if (known !== undefined) return known;
        const fn = this.#functions.get(name);
        if (fn === undefined) return { bytes: this.#options.external?.[name] ?? 0, next: undefined };
        if (this.#open.has(name)) {
            if (this.#options.recursion?.[name] === undefined) this.unbounded.add(name);
            return { bytes: 0, next: undefined };
        }
        this.#open.add(name);
        let deepest: Deepest = { bytes: 0, next: undefined };
        for (const callee of this.#callees(fn)) {
            const { bytes } = this.visit(callee);
            if (bytes > deepest.bytes || deepest.next === undefined) deepest = { bytes, next: callee };
        }
        this.#open.delete(name);
        const times = this.#options.recursion?.[name] ?? 1;
        const result = { bytes: fn.frameSize * times + deepest.bytes, next: deepest.next };
        this.#known.set(name, result);
        return result;
    }

    #callees(fn: StackFunction): string[] {
        const indirect = fn.indirectCalls.flatMap((type) => this.#options.tableFunctions.get(type) ?? []);
        return [...new Set([...fn.calls, ...indirect])];
    }
}
