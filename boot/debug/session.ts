/** A debugger's visit to a run, from its first packet to its leave. It knows no sockets: text comes in by `push`, and `send` takes it out. */

import type { Debuggee } from "../report/debuggee.ts";
import { Backwards } from "./backwards.ts";
import { History } from "./history.ts";
import { framed, hexOfText, PacketReader, type Received } from "./packets.ts";
import { Stops } from "./stops.ts";
import { Stub, type Wish } from "./stub.ts";

/** Instructions between two times at which packets are looked for. */
const CHUNK = 1_000_000;
const SIGINT = "02";
const SIGTERM = "0f";

/** How the visit ended. The run itself may have ended in it. */
export type Left<E> = { readonly kind: "detached" | "killed" } | { readonly kind: "ended"; readonly result: E };

export interface SessionRun<E> {
    readonly debuggee: Debuggee;
    /** As Steppable's, with no limit. */
    step(instructions: number): { readonly ended: false } | ({ readonly ended: true } & E);
    /** Called between steps, so that others have their turn. */
    breathe(): Promise<void>;
    /** What the end of a run is called. */
    describe(result: E): string;
}

export class Session<E> {
    readonly #run: SessionRun<E>;
    readonly #send: (text: string) => void;
    readonly #reader: PacketReader;
    readonly #stops: Stops;
    readonly #history: History;
    readonly #backwards: Backwards;
    readonly #stub: Stub;
    readonly #received: (Received | undefined)[] = [];
    #wake: (() => void) | undefined;
    #end: E | undefined;

    constructor(run: SessionRun<E>, send: (text: string) => void) {
        this.#run = run;
        this.#send = send;
        this.#reader = new PacketReader(send);
        const { debuggee } = run;
        this.#stops = new Stops(debuggee.machine);
        this.#history = new History(debuggee);
        this.#stub = new Stub(debuggee, this.#stops, () => this.#history.forget());
        this.#backwards = new Backwards(debuggee, this.#stops, this.#history, {
            step: (instructions) => this.#run.step(instructions),
            breathe: async () => {
                await this.#run.breathe();
                return this.#isInterrupted();
            },
        });
        debuggee.onInput = () => this.#history.forget();
        this.#history.note();
    }

    /** Bytes from the debugger, a character each. */
    push(text: string): void {
        this.#received.push(...this.#reader.push(text));
        this.#wake?.();
    }

    /** The debugger has gone, or is to go. */
    close(): void {
        this.#received.push(undefined);
        this.#wake?.();
    }

    /** Answers packets until the debugger leaves. */
    async serve(): Promise<Left<E>> {
        try {
            for (;;) {
                const received = await this.#next();
                if (received === undefined) return this.#left("detached");
                if (received.kind === "interrupt") continue;
                const handled = this.#stub.handle(received.data);
                if ("answer" in handled) this.#reply(handled.answer);
                else if (handled.wish.kind === "kill") return this.#left("killed");
                else if (handled.wish.kind === "detach") {
                    this.#reply("OK");
                    return this.#left("detached");
                } else if (!(await this.#fulfil(handled.wish))) return this.#left("detached");
                this.#reader.acknowledges = !this.#stub.noAck;
            }
        } finally {
            this.#run.debuggee.onInput = undefined;
            this.#stops.remove();
        }
    }

    /** False when the run had ended before. */
    async #fulfil(wish: Wish): Promise<boolean> {
        if (wish.kind === "reverse-continue" || wish.kind === "reverse-step") {
            await this.#back(wish);
            return true;
        }
        if (this.#end !== undefined) {
            this.#reply(this.#stub.exitReply());
            return false;
        }
        this.#stops.resume(wish.kind === "step" ? wish.hart : undefined);
        for (;;) {
            const result = this.#run.step(CHUNK);
            this.#history.note();
            if (result.ended) {
                this.#end = result;
                this.#reply(`O${hexOfText(`the run has ended: ${this.#run.describe(result)}\n`)}`);
                this.#replyStop(SIGTERM);
                return true;
            }
            if (this.#stops.stop !== undefined) {
                this.#reply(this.#stub.stopReply(this.#stops.stop));
                return true;
            }
            await this.#run.breathe();
            if (this.#isInterrupted()) {
                this.#replyStop(SIGINT);
                return true;
            }
        }
    }

    async #back(wish: Wish): Promise<void> {
        if (this.#history.first === undefined) {
            this.#reply("E.there is no history to go back to yet: the run was changed inside a turn");
            return;
        }
        this.#end = undefined;
        if (wish.kind === "reverse-step") {
            const done = await this.#backwards.stepBack(wish.hart);
            this.#reply(
                done ? this.#stub.stopReply({ hart: wish.hart, reason: "step" }) : this.#stub.historyReply(wish.hart),
            );
            return;
        }
        const stop = await this.#backwards.toLastStop();
        if (stop !== undefined) this.#reply(this.#stub.stopReply(stop));
        else this.#reply(this.#stub.historyReply(this.#stub.hart));
    }

    #replyStop(signal: string): void {
        const reply = this.#stub.stopReply({ hart: this.#stub.hart, reason: "step" });
        this.#reply(`T${signal}${reply.slice("T05".length)}`);
    }

    #left(kind: "detached" | "killed"): Left<E> {
        return this.#end === undefined ? { kind } : { kind: "ended", result: this.#end };
    }

    #isInterrupted(): boolean {
        const [first] = this.#received;
        if (this.#received.length === 0 || (first !== undefined && first.kind !== "interrupt")) return false;
        if (first !== undefined) this.#received.shift();
        return true;
    }

    #reply(data: string): void {
        this.#send(framed(data));
    }

    async #next(): Promise<Received | undefined> {
        while (this.#received.length === 0) {
            await new Promise<void>((resolve) => {
                this.#wake = resolve;
            });
        }
        this.#wake = undefined;
        return this.#received.shift();
    }
}
