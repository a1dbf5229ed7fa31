/** A session of a stock guest (`boot --elf`): its machine, its console, and what a lens shows of its kernel. */

import { parseLens } from "../../boot/observe/lens/format.ts";
import { Lens, type LensTable } from "../../boot/observe/lens/lens.ts";
import { type BareMachine, type BareRequest, makeBareMachine } from "../../boot/system/bare-machine.ts";
import { type Command, Ears, Session } from "./session.ts";

/** The text of a lens, and what errors call it. */
export interface LensText {
    readonly file: string;
    readonly text: string;
}

export class GuestSession extends Session {
    readonly #guest: BareMachine;
    readonly #lens: Lens | undefined;

    /** Throws ConfigError for a lens, and CommandError for a guest, that cannot be used. */
    constructor(request: BareRequest, core: Uint8Array, lens?: LensText) {
        const ears = new Ears();
        const isSpread = request.mesh[0] * request.mesh[1] > 1;
        // Where there is one bank only, it is not asked who uses which.
        const counted = { ...request, accounting: isSpread ? ("accesses" as const) : ("off" as const) };
        const guest = makeBareMachine(counted, core, (byte) => ears.onConsole(byte));
        const { mesh, harts, memory, seed } = request;
        const clusters = mesh[0] * mesh[1];
        const sizes = { hartsPerCluster: harts / clusters, bankSize: memory / clusters };
        const shape = { kind: "guest" as const, mesh, ...sizes, seed, programs: [], noHarts: [], noMemory: [] };
        super(guest, shape, ears, ({ mode }) => (mode === "user" ? "programs" : "kernel"));
        this.#guest = guest;
        if (lens === undefined) return;
        const addressOf = (name: string) => {
            const address = guest.symbols.get(name);
            return address !== undefined && Number.isSafeInteger(address) ? BigInt(address) : undefined;
        };
        this.#lens = new Lens(parseLens(lens.text, lens.file), this.machine, addressOf);
    }

    /** Undefined without a lens. */
    lensTables(hart: number): LensTable[] | undefined {
        return this.#lens?.tables(hart);
    }

    /** Types at the console: the run goes on from here with this input. */
    *type(text: string): Command {
        const bytes = new TextEncoder().encode(text);
        yield* this.act(`typed ${JSON.stringify(text)}`, () => this.#guest.receive(bytes));
    }
}
