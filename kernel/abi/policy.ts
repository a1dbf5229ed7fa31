// Generated from configs/switches.ts by `npm run generate`: the policy switches as boot_info carries them.
/** kernel.code */
export const CODE_REPLICATE = 0;
export const CODE_REFERENCE = 1;
/** kernel.data */
export const HOME_LSB = 0;
export const HOME_REFERENCE = 1;
export const HOME_FIRST_TOUCH = 2;
export const HOME_SKEW = 3;
export const HOME_PRIME = 4;
export const HOME_XOR = 5;
/** kernel.stack */
export const STACK_LOCAL = 0;
export const STACK_REFERENCE = 1;
/** kernel.gpt */
export const GPT_ON_DEMAND = 0;
export const GPT_EAGER = 1;
export const GPT_REFERENCE = 2;
/** kernel.registration */
export const REGISTRATION_FIRST_THREAD = 0;
export const REGISTRATION_LAZY = 1;
/** kernel.protocol */
export const PROTOCOL_RPC = 0;
export const PROTOCOL_DIRECT = 1;
/** kernel.threadPlacement */
export const PLACEMENT_SPREAD = 0;
export const PLACEMENT_MAKER = 1;
export const PLACEMENT_LEAST_LOADED = 2;
/** kernel.dsmManager */
export const DSM_CENTRAL = 0;
export const DSM_FIXED = 1;
export const DSM_DYNAMIC = 2;
/** kernel.dsmConsistency */
export const DSM_SEQUENTIAL = 0;
export const DSM_RELEASE = 1;
