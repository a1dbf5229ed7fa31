/** The answer to each question of a page (view/questions.ts). */

import type { Questions } from "../questions.ts";
import { bankUse, runFigures } from "./answers/bank-use.ts";
import { dsmGroups, dsmMessages } from "./answers/dsm.ts";
import { densityOf, eventRows } from "./answers/events.ts";
import { faultWalk } from "./answers/faults.ts";
import { hartState } from "./answers/hart.ts";
import { replicasOf } from "./answers/replicas.ts";
import type { Session } from "./session.ts";

export const ANSWERS: {
    readonly [Q in keyof Questions]: (session: Session, about: Questions[Q]["about"]) => Questions[Q]["answer"];
} = {
    events: eventRows,
    density: densityOf,
    fault: faultWalk,
    dsm: dsmGroups,
    messages: dsmMessages,
    hart: hartState,
    bankUse,
    figures: runFigures,
    replicas: replicasOf,
};
