/** The machine's side of a page: a Worker that runs a session, sends pictures of it and answers questions. */

import type { FromMachine, Order, Picture, ToMachine, Wanted } from "../protocol.ts";
import { ANSWERS, GUEST_ANSWERS } from "./answers.ts";
import { GuestSession } from "./guest-session.ts";
import { fetchGuest, fetchSystem } from "./images.ts";
import { KernelSession } from "./kernel-session.ts";
import { factsOf, Painter } from "./painter.ts";
import { poke } from "./pokes.ts";
import { describeRefusal } from "./refusal.ts";
import type { Command, Session } from "./session.ts";

/** Milliseconds of the host for which a command is worked on before messages are looked at. */
const PART_MS = 12;

let session: Session | undefined;
let painter: Painter | undefined;
let command: Command | undefined;
/** A picture was asked for. */
let wanted = false;
/** Cycles a second at most, and since when the run goes. */
let pace: { readonly perSecond: number; readonly began: number; readonly clock: number } | undefined;

const channel = new MessageChannel();
channel.port1.onmessage = work;
let isPending = false;

addEventListener("message", ({ data }: MessageEvent<ToMachine>) => void receive(data));

async function receive(message: ToMachine): Promise<void> {
    const id = message.kind === "ask" ? message.id : undefined;
    try {
        if (message.kind === "open") {
            command = undefined;
            session = await openSession(message.wanted);
            painter = new Painter(session);
            post({ kind: "opened", facts: factsOf(session) });
        } else if (session === undefined) return;
        else if (message.kind === "order") obey(session, message.order);
        else if (message.kind === "ask") {
            const answers: object = session instanceof KernelSession ? ANSWERS : GUEST_ANSWERS;
            const answer = (answers as Readonly<Record<string, Answer | undefined>>)[message.question];
            if (answer === undefined) throw new Error(`${message.question}: not of such a run`);
            post({ kind: "answer", id: message.id, answer: answer(session, message.about) });
        } else wanted = true;
        schedule();
    } catch (error) {
        post({ kind: "refused", id, lines: describeRefusal(error) });
    }
}

type Answer = (session: Session, about: unknown) => unknown;

async function openSession(wanted: Wanted): Promise<Session> {
    if (wanted.kind === "system") return new KernelSession(...(await fetchSystem(wanted)));
    const [request, core] = await fetchGuest(wanted);
    return new GuestSession(request, core, wanted.guest.lens);
}

function obey(run: Session, order: Order): void {
    pace = undefined;
    command = commandOf(run, order);
}

function commandOf(run: Session, order: Order): Command | undefined {
    switch (order.kind) {
        case "pause":
            return undefined;
        case "run":
            return run.run();
        case "slowly":
            pace = { perSecond: order.cyclesPerSecond, began: performance.now(), clock: run.clock };
            return undefined;
        case "goTo":
            return run.goTo(order.cycle);
        case "next":
            return run.toNext(new Set(order.events));
        case "previous":
            return run.toPrevious(new Set(order.events));
        case "event":
            return run.toEvent(order.index);
        case "step":
            return run.stepHart(order.hart);
        case "stepBack":
            return run.stepHartBack(order.hart);
        case "poke":
            return run instanceof KernelSession ? poke(run, order.poke) : undefined;
        case "type":
            return run instanceof GuestSession ? typeAndRun(run, order.text) : undefined;
    }
}

function* typeAndRun(run: GuestSession, text: string): Command {
    yield* run.type(text);
    yield* run.run();
}

function schedule(): void {
    if (isPending) return;
    isPending = true;
    channel.port2.postMessage(undefined);
}

function work(): void {
    isPending = false;
    if (session === undefined || painter === undefined) return;
    try {
        advance(session);
    } catch (error) {
        command = undefined;
        pace = undefined;
        post({ kind: "refused", id: undefined, lines: describeRefusal(error) });
    }
    if (wanted) {
        wanted = false;
        const picture = painter.picture(command !== undefined || pace !== undefined);
        post({ kind: "picture", picture }, transfers(picture));
    }
    if (command !== undefined) schedule();
}

function advance(run: Session): void {
    if (pace !== undefined && command === undefined && run.ended === undefined) {
        const due = pace.clock + ((performance.now() - pace.began) / 1000) * pace.perSecond;
        if (due > run.clock) command = run.goTo(Math.floor(due));
    }
    if (run.ended !== undefined) pace = undefined;
    const until = performance.now() + PART_MS;
    while (command !== undefined && performance.now() < until) if (command.next().done === true) command = undefined;
}

function post(message: FromMachine, transfer: Transferable[] = []): void {
    postMessage(message, { transfer });
}

function transfers({ console, frames }: Picture): Transferable[] {
    return [console.buffer, frames.rows.buffer];
}
