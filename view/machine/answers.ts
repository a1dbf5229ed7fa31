/** The answer to each question of a page (view/questions.ts). */

import type { Question } from "../protocol.ts";
import type { Questions } from "../questions.ts";
import { bankUse, runFigures } from "./answers/bank-use.ts";
import { dsmGroups, dsmMessages } from "./answers/dsm.ts";
import { densityOf, eventRows } from "./answers/events.ts";
import { faultWalk } from "./answers/faults.ts";
import { hartState } from "./answers/hart.ts";
import { replicasOf } from "./answers/replicas.ts";
import type { GuestSession } from "./guest-session.ts";
import type { KernelSession } from "./kernel-session.ts";
import type { Session } from "./session.ts";

type Answers<S, Q extends Question> = {
    readonly [Each in Q]: (session: S, about: Questions[Each]["about"]) => Questions[Each]["answer"];
};

/** Of any machine. */
const COMMON: Answers<Session, "hart" | "bankUse"> = { hart: hartState, bankUse };

/** Of a system with our kernel. */
export const ANSWERS: Answers<KernelSession, Exclude<Question, "lens">> = {
    ...COMMON,
    events: eventRows,
    density: densityOf,
    fault: faultWalk,
    dsm: dsmGroups,
    messages: dsmMessages,
    figures: runFigures,
    replicas: replicasOf,
};

/** Of a stock guest: it tells no events. */
export const GUEST_ANSWERS: Answers<GuestSession, "hart" | "bankUse" | "density" | "lens"> = {
    ...COMMON,
    density: (_session, { from, to }) => ({ from, to, rows: [] }),
    lens: (session, { hart }) => session.lensTables(hart),
};
