/** The way of one page fault through the clusters, from the marks that the kernel leaves (boot/observe/fault-cost.ts says what they mean). */

import { EVENTS } from "../../../boot/abi/events.ts";
import { ACCESSES } from "../../../boot/observe/accesses.ts";
import { faultHow, phaseName } from "../../../boot/observe/fault-cost.ts";
import { vsegTypeOf } from "../../../boot/observe/vseg-names.ts";
import type { FaultStep, FaultWalk, Questions } from "../../questions.ts";
import { fieldsOf } from "../event-fields.ts";
import type { KernelSession } from "../kernel-session.ts";
import { kernelLine } from "../source-lines.ts";

const BEGIN = fieldsOf("faultBegin");
const PHASE = fieldsOf("phase");
const FAULT = fieldsOf("fault");
const END = fieldsOf("faultEnd");
/** A thread's xptr, in the events that have 48 bits for it. */
const THREAD_BITS = 2 ** 48;
/** Events that are looked at for a fault's begin, and for its end. */
const MOST_LOOKED_AT = 20_000;
/** Bits of a pid below the number of its reference cluster. */
const PID_BITS = 2 ** 16;

/** The fault whose mark `index` is, or else the last that began before it. Undefined when the journal has none. */
export function faultWalk(session: KernelSession, { index }: Questions["fault"]["about"]): FaultWalk | undefined {
    const { journal } = session;
    const from = Math.min(index, journal.known - 1);
    const thread = journal.has(from) ? threadOf(session, from) : undefined;
    for (let at = from; at >= Math.max(journal.first, from - MOST_LOOKED_AT); at--) {
        if (journal.number(at) !== EVENTS.faultBegin.number) continue;
        if (thread === undefined || threadOf(session, at) === thread) return walkFrom(session, at);
    }
    return undefined;
}

/** The thread of a fault's mark; undefined for other events. */
function threadOf({ journal }: KernelSession, index: number): number | undefined {
    const fields: Readonly<Record<number, typeof PHASE>> = {
        [EVENTS.faultBegin.number]: BEGIN,
        [EVENTS.phase.number]: PHASE,
        [EVENTS.faultEnd.number]: END,
    };
    const place = fields[journal.number(index)]?.("thread");
    return place && journal.field(index, place) % THREAD_BITS;
}

function walkFrom(session: KernelSession, begin: number): FaultWalk {
    const { journal } = session;
    const thread = threadOf(session, begin) ?? 0;
    const pid = journal.field(begin, BEGIN("pid"));
    const steps: FaultStep[] = [stepOf(session, begin, "begin")];
    let resolved: { type: string | undefined; how: string } | undefined;
    for (let at = begin + 1; at < Math.min(journal.known, begin + MOST_LOOKED_AT); at++) {
        const number = journal.number(at);
        if (number === EVENTS.fault.number && journal.field(at, FAULT("thread")) % THREAD_BITS === thread) {
            const type = vsegTypeOf(journal.field(at, FAULT("type")));
            resolved = { type, how: faultHow(journal.field(at, FAULT("how"))) };
        }
        if (threadOf(session, at) !== thread) continue;
        if (number === EVENTS.faultBegin.number) break;
        const phase = number === EVENTS.phase.number ? phaseName(journal.field(at, PHASE("phase"))) : "end";
        steps.push(stepOf(session, at, phase ?? ""));
        if (number === EVENTS.faultEnd.number) break;
    }
    const done = steps.findIndex((step) => step.index >= journal.heard);
    return {
        thread,
        pid,
        vaddr: journal.field(begin, BEGIN("vaddr")),
        access: ACCESSES[journal.field(begin, BEGIN("access"))] ?? "",
        type: resolved?.type,
        how: resolved?.how,
        reference: Math.floor(pid / PID_BITS),
        steps,
        done: done < 0 ? steps.length : done,
    };
}

function stepOf(session: KernelSession, index: number, phase: string): FaultStep {
    const { cycle, hart, pc, ra } = session.journal.teller(index);
    const cluster = Math.floor(hart / session.config.machine.hartsPerCluster);
    return { index, phase, cycle, hart, cluster, source: kernelLine(session, pc, ra) };
}
