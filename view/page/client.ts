/** The page's side of its machine: a Worker that it gives orders to, asks, and has pictures from. */

import type { Facts, FromMachine, Order, Picture, Question, ToMachine, Wanted } from "../protocol.ts";
import type { Questions } from "../questions.ts";

export interface Listener {
    opened(facts: Facts): void;
    picture(picture: Picture): void;
    refused(lines: readonly string[]): void;
}

/** A Worker that runs view/machine/worker.ts and has no run yet. */
export type StartMachine = () => Worker;

interface Waiting {
    readonly resolve: (answer: never) => void;
    readonly reject: (error: Error) => void;
}

export class Client {
    readonly #worker: Worker;
    readonly #listener: Listener;
    readonly #waiting = new Map<number, Waiting>();
    #asked = 0;
    /** A picture is on its way, and one more is wanted: that one may be of before the last order. */
    #expects = false;
    #wantsAnother = false;

    constructor(start: StartMachine, listener: Listener) {
        this.#listener = listener;
        this.#worker = start();
        this.#worker.onmessage = ({ data }: MessageEvent<FromMachine>) => this.#receive(data);
        this.#worker.onerror = ({ message }) => listener.refused([message]);
    }

    open(wanted: Wanted): void {
        this.#send({ kind: "open", wanted });
    }

    order(order: Order): void {
        this.#send({ kind: "order", order });
        this.#wantsAnother = this.#expects;
        this.wantPicture();
    }

    /** Asks for the next picture, unless one is on its way. */
    wantPicture(): void {
        if (this.#expects) return;
        this.#expects = true;
        this.#send({ kind: "picture" });
    }

    /** Rejects with what the machine refuses the question for. */
    ask<Q extends Question>(question: Q, about: Questions[Q]["about"]): Promise<Questions[Q]["answer"]> {
        const id = this.#asked++;
        return new Promise((resolve, reject) => {
            this.#waiting.set(id, { resolve, reject });
            this.#send({ kind: "ask", id, question, about } as ToMachine);
        });
    }

    close(): void {
        this.#worker.terminate();
    }

    #send(message: ToMachine): void {
        this.#worker.postMessage(message);
    }

    #receive(message: FromMachine): void {
        if (message.kind === "opened") this.#listener.opened(message.facts);
        else if (message.kind === "picture") {
            this.#expects = false;
            if (this.#wantsAnother) this.wantPicture();
            this.#wantsAnother = false;
            this.#listener.picture(message.picture);
        } else if (message.kind === "answer") this.#settle(message.id)?.resolve(message.answer as never);
        else if (message.id === undefined) this.#listener.refused(message.lines);
        else this.#settle(message.id)?.reject(new Error(message.lines.join("\n")));
    }

    #settle(id: number): Waiting | undefined {
        const waiting = this.#waiting.get(id);
        this.#waiting.delete(id);
        return waiting;
    }
}
