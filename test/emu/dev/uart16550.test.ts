import { describe, expect, it } from "vitest";
import { Uart16550 } from "../../../emu/dev/uart16550.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import { Accessor } from "./harness.ts";

const BASE = mapRow("uart").base;
const [RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7].map((offset) => BASE + offset) as number[];

function setUp() {
    const bytes: number[] = [];
    const line: boolean[] = [];
    const edges: boolean[] = [];
    const uart = new Uart16550({
        onByte: (byte) => bytes.push(byte),
        onInterrupt: (on) => line.push(on),
        onTransmitterEmpty: (on) => edges.push(on),
    });
    const accessor = new Accessor(uart);
    const read = (register = 0) => Number(accessor.read(register, 1));
    const write = (register = 0, value = 0) => accessor.write(register, value, 1);
    return { bytes, line, edges, uart, accessor, read, write };
}

describe("the UART", () => {
    it("sends each byte at once and is always ready", () => {
        const { bytes, read, write } = setUp();
        for (const byte of [0x68, 0x69, 0x1ff]) write(RBR, byte);
        expect(bytes).toEqual([0x68, 0x69, 0xff]);
        expect(read(LSR)).toBe(0x60);
    });

    it("gives input in order and says when there is some", () => {
        const { uart, read } = setUp();
        uart.pushInput([1, 2]);
        expect(read(LSR)).toBe(0x61);
        expect([read(RBR), read(RBR), read(LSR), read(RBR)]).toEqual([1, 2, 0x60, 0]);
    });

    it("takes wider aligned accesses as QEMU does, and faults elsewhere", () => {
        const { bytes, accessor } = setUp();
        expect(accessor.write(BASE, 0x1234_5641, 4)).toBe(true);
        expect(bytes).toEqual([0x41]);
        expect(accessor.read(BASE + 4, 4)).toBe(0n);
        expect(accessor.read(BASE + 1, 2)).toBeUndefined();
        expect(accessor.read(BASE + 8, 1)).toBeUndefined();
        expect(accessor.write(BASE + 0x20, 0, 1)).toBe(false);
    });

    it("shows the divisor behind DLAB", () => {
        const { bytes, read, write } = setUp();
        write(LCR, 0x83);
        write(RBR, 3);
        write(IER, 1);
        expect([read(RBR), read(IER), read(LCR)]).toEqual([3, 1, 0x83]);
        write(LCR, 3);
        expect([read(IER), bytes.length]).toEqual([0, 0]);
    });

    it("interrupts on received data until it is read", () => {
        const { uart, line, read, write } = setUp();
        write(IER, 1);
        uart.pushInput([7]);
        expect(line).toEqual([true]);
        expect(read(IIR)).toBe(0x04);
        read(RBR);
        expect(line).toEqual([true, false]);
        expect(read(IIR)).toBe(0x01);
    });

    it("interrupts once each time that the transmitter empties; IIR shows it until it is read", () => {
        const { line, edges, read, write } = setUp();
        write(IER, 2);
        expect(edges).toEqual([true]);
        expect([read(IIR), read(IIR)]).toEqual([0x02, 0x01]);
        write(RBR, 0x41);
        expect(read(IIR)).toBe(0x02);
        expect(edges).toEqual([true, false, true, false]);
        write(RBR, 0x42);
        write(IER, 0);
        expect(read(IIR)).toBe(0x01);
        write(IIR, 0x07);
        expect(edges.slice(4)).toEqual([true, false]);
        write(IER, 2);
        write(IIR, 0x07);
        expect([edges.slice(6), line]).toEqual([[true, true], []]);
    });

    it("reports a timeout below the FIFO's trigger and data from it on", () => {
        const { uart, read, write } = setUp();
        write(IIR, 0x41);
        write(IER, 1);
        uart.pushInput([1, 2, 3]);
        expect(read(IIR)).toBe(0xcc);
        uart.pushInput([4]);
        expect(read(IIR)).toBe(0xc4);
        write(IIR, 0x43);
        expect(read(LSR)).toBe(0x60);
    });

    it("takes the host's bytes as the guest takes them: clearing the FIFO loses what is in it and no more", () => {
        const { uart, line, read, write } = setUp();
        uart.pushInput([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        write(IIR, 0x07);
        expect([read(LSR), read(LSR), read(RBR)]).toEqual([0x61, 0x61, 1]);
        expect(read(LSR)).toBe(0x61);
        write(IIR, 0x43);
        write(IER, 1);
        expect([read(IIR), line]).toEqual([0xc4, [true]]);
        write(IIR, 0x43);
        expect([3, 4, 5, 6].map(() => read(RBR))).toEqual([7, 8, 9, 0]);
        expect(line).toEqual([true, false]);
    });

    it("loses bytes of the loopback beyond its 16, and says so once", () => {
        const { uart, bytes, read, write } = setUp();
        uart.pushInput([99]);
        write(MCR, 0x10);
        write(IIR, 0x07);
        for (let byte = 0; byte < 20; byte++) write(RBR, byte);
        write(IER, 4);
        expect([read(IIR), read(LSR), read(LSR), read(IIR)]).toEqual([0xc6, 0x63, 0x61, 0xc1]);
        for (let byte = 0; byte < 16; byte++) expect(read(RBR)).toBe(byte);
        expect([read(LSR), bytes.length]).toEqual([0x60, 0]);
        write(IIR, 0);
        for (const byte of [1, 2]) write(RBR, byte);
        expect([read(LSR), read(RBR), read(LSR)]).toEqual([0x63, 2, 0x60]);
        write(MCR, 0);
        expect(read(RBR)).toBe(99);
    });

    it("loops back when told, with the modem lines", () => {
        const { bytes, read, write } = setUp();
        expect(read(MSR)).toBe(0xb0);
        write(MCR, 0x1f);
        write(RBR, 9);
        expect([read(RBR), bytes.length, read(MSR)]).toEqual([9, 0, 0xf0]);
    });

    it("resets to the state it began with, which the hash covers", () => {
        const { uart, accessor, write } = setUp();
        const begin = accessor.state();
        write(SCR, 0x55);
        uart.pushInput([1]);
        expect(accessor.state()).not.toBe(begin);
        accessor.bus.reset();
        expect(accessor.state()).toBe(begin);
    });
});
