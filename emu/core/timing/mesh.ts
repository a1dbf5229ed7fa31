// The two networks (docs/spec/timing.md 1.3, 5.2): a 2-D mesh each, XY, one link a direction, and an injection and an ejection port a
// cluster.
import {
    CLUSTER_COUNT,
    CLUSTER_LINKS,
    HOP_CYCLES,
    LINK_CONTENTION,
    LINK_EAST,
    LINK_EJECTION,
    LINK_INJECTION,
    LINK_NORTH,
    LINK_SOUTH,
    LINK_STRIDE,
    LINK_WEST,
    LINK_WORDS,
    LINKS,
    LOCAL_CYCLES,
    MESH_WIDTH,
} from "../../state/timing-layout";
import { reserve } from "./calendar";

/** The cycles that the message sent last waited for links and ports of the network. */
export let queued: u64 = 0;

/** Returns when the last flit of a message has arrived that is sent at `time`. */
export function send(network: u32, from: u32, to: u32, time: u64, flits: u32): u64 {
    queued = 0;
    const tail = <u64>flits - 1;
    if (from == to) return time + <u64>load<u32>(LOCAL_CYCLES) + tail;
    const hop = <u64>load<u32>(HOP_CYCLES);
    if (!load<u32>(LINK_CONTENTION)) return time + 2 + hop * <u64>hopsBetween(from, to) + tail;
    const width = load<u32>(MESH_WIDTH);
    let now = take(network, from, LINK_INJECTION, time, flits) + 1;
    let at = from;
    let x = at % width;
    const targetX = to % width;
    while (x != targetX) {
        const east = targetX > x;
        now = take(network, at, east ? LINK_EAST : LINK_WEST, now, flits) + hop;
        x = east ? x + 1 : x - 1;
        at = east ? at + 1 : at - 1;
    }
    while (at != to) {
        const south = to > at;
        now = take(network, at, south ? LINK_SOUTH : LINK_NORTH, now, flits) + hop;
        at = south ? at + width : at - width;
    }
    return take(network, to, LINK_EJECTION, now, flits) + 1 + tail;
}

export function hopsBetween(from: u32, to: u32): u32 {
    const width = load<u32>(MESH_WIDTH);
    const x = <i32>(from % width) - <i32>(to % width);
    const y = <i32>(from / width) - <i32>(to / width);
    return <u32>(abs<i32>(x) + abs<i32>(y));
}

function take(network: u32, cluster: u32, link: u32, time: u64, flits: u32): u64 {
    const index = (network * load<u32>(CLUSTER_COUNT) + cluster) * CLUSTER_LINKS + link;
    const start = reserve(<usize>load<u32>(LINKS) + <usize>index * LINK_STRIDE, LINK_WORDS, time, flits);
    queued += start - time;
    return start;
}
