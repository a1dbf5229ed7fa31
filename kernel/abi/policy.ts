// The policy switches of vmm-policy section 9 as boot_info carries them; 0 is the default of each.
export const CODE_REPLICATE = 0;
export const CODE_REFERENCE = 1;
/** data and heap */
export const HOME_LSB = 0;
export const HOME_REFERENCE = 1;
export const HOME_FIRST_TOUCH = 2;
export const HOME_SKEW = 3;
export const HOME_PRIME = 4;
export const HOME_XOR = 5;
export const STACK_LOCAL = 0;
export const STACK_REFERENCE = 1;
export const GPT_ON_DEMAND = 0;
export const GPT_EAGER = 1;
export const GPT_REFERENCE = 2;
export const REGISTRATION_FIRST_THREAD = 0;
export const REGISTRATION_LAZY = 1;
export const PROTOCOL_RPC = 0;
export const PROTOCOL_DIRECT = 1;
/** Who manages the pages of a DSM group (sm-dsm 3.6). */
export const DSM_CENTRAL = 0;
export const DSM_FIXED = 1;
export const DSM_DYNAMIC = 2;
/** The consistency of a DSM page (sm-dsm 3.3, 4), as sm_malloc_as asks for it. */
export const DSM_SEQUENTIAL = 0;
export const DSM_RELEASE = 1;
