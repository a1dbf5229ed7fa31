/** A debugger's session with a small guest, without a socket. */

import { framed } from "../../../boot/debug/packets.ts";
import { type Left, Session, type SessionRun } from "../../../boot/debug/session.ts";
import type { Debuggee } from "../../../boot/report/debuggee.ts";
import type { Machine } from "../../../emu/machine.ts";
import { type GuestOptions, run } from "../../emu/engine/guest.ts";

/** Counts in memory, on as many harts as there are, each to its own word, and to one word with AMOs. */
export const COUNTING = `
    csrr s0, mhartid
    la   s1, words
    slli t0, s0, 3
    add  s1, s1, t0
    la   s2, shared
    li   s3, 400
again:
    ld   t1, 0(s1)
    addi t1, t1, 1
store:
    sd   t1, 0(s1)
    amoadd.d t2, t1, (s2)
    addi s3, s3, -1
    bnez s3, again
done:
    wfi
    j done
    .balign 4096
words: .zero 64
shared: .dword 0
`;

interface End {
    readonly end: string;
}

export class GuestSession {
    readonly machine: Machine;
    readonly address: (symbol: string) => bigint;
    readonly left: Promise<Left<End>>;
    /** All that was sent. */
    readonly sent: string[] = [];
    readonly #session: Session<End>;
    #wake = () => {};

    constructor(options: GuestOptions = {}, source = COUNTING) {
        const guest = run(source, { hartsPerCluster: 2, meshX: 2, ...options, held: true });
        this.machine = guest.machine;
        this.address = guest.address;
        const { machine } = guest;
        const debuggee: Debuggee = {
            machine,
            functionAt: () => undefined,
            moment: (previous) => ({
                snapshot: machine.takeSnapshot(previous?.snapshot),
                gathered: new Map(),
                written: 0,
            }),
            goBack: ({ snapshot }) => machine.putBack(snapshot),
            forgetAhead: () => {},
        };
        const step: SessionRun<End>["step"] = (instructions) => {
            const { kind } = machine.run({ maxInstructions: Math.min(instructions, 5000) });
            return kind === "debug" || kind === "instructions" ? { ended: false } : { ended: true, end: kind };
        };
        const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));
        this.#session = new Session<End>({ debuggee, step, breathe, describe: ({ end }) => end }, (text) => {
            this.sent.push(text);
            this.#wake();
        });
        this.left = this.#session.serve();
    }

    push(text: string): void {
        this.#session.push(text);
    }

    close(): void {
        this.#session.close();
    }

    /** The answer to a packet, without its frame; what the debugger prints is left out. */
    async ask(packet: string): Promise<string> {
        this.sent.length = 0;
        this.push(framed(packet));
        for (;;) {
            const answer = this.sent.find((text) => text.startsWith("$") && !/^\$O[0-9a-f]/.test(text));
            if (answer !== undefined) return answer.slice(1, -3);
            await new Promise<void>((resolve) => {
                this.#wake = resolve;
            });
        }
    }

    /** A register of the selected hart. */
    async register(number: number): Promise<bigint> {
        const hex = await this.ask(`p${number.toString(16)}`);
        return BigInt(`0x${(hex.match(/../g) ?? []).reverse().join("")}`);
    }
}
