// The ways in which a page fault is resolved (vmm-policy 5.2 to 5.6).
export const FAULT_LOCAL = 0;
export const FAULT_THROUGH_Z = 1;
export const FAULT_SPURIOUS = 2;
