/** Virtio slots, disks and random numbers, driven as the specification says, and as it forbids. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Drive, type DriveImage } from "../../../emu/dev/drive.ts";
import { VirtioBlock } from "../../../emu/dev/virtio-block.ts";
import { VirtioRandom } from "../../../emu/dev/virtio-random.ts";
import {
    AVAILABLE,
    BASE,
    BUFFERS,
    DESCRIPTORS,
    type Descriptor,
    Driver,
    NEXT,
    RAM_BASE,
    RAM_BYTES,
    USED,
    WRITE,
} from "./virtio-driver.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const SECTORS = 64;
const [READ, OUT, FLUSH, GET_ID] = [0, 1, 4, 8];
const [OK, IO_ERROR, UNSUPPORTED] = [0, 1, 2];
const STATUS_AT = BUFFERS + 0x800;
const DATA_AT = BUFFERS + 0x1000;
const NEEDS_RESET = 64;

/** Byte i of the image is the number of its sector. */
function image(more: Partial<DriveImage> = {}): DriveImage {
    const bytes = Uint8Array.from({ length: SECTORS * 512 }, (_, i) => i >> 9);
    return { sizeBytes: bytes.length, read: (offset, length) => bytes.slice(offset, offset + length), ...more };
}

function disk({ readOnly = false, ...more }: Partial<DriveImage> & { readOnly?: boolean } = {}) {
    const drive = new Drive({ image: image(more), readOnly });
    const driver = new Driver(new VirtioBlock(drive, "archipel0"));
    expect(driver.begin()).toBe(15);
    return { drive, driver };
}

/** Sends a request with its header in one buffer. Returns the status byte. */
function request(driver: Driver, type: number, sector: number, data: { length: number; flags: number }[]): number {
    driver.view.setUint32(BUFFERS - RAM_BASE, type, true);
    driver.view.setBigUint64(BUFFERS - RAM_BASE + 8, BigInt(sector), true);
    driver.memory[STATUS_AT - RAM_BASE] = 0xff;
    let at = DATA_AT;
    const parts = data.map(({ length, flags }) => {
        at += length;
        return { address: at - length, length, flags };
    });
    driver.send([
        { address: BUFFERS, length: 16, flags: 0 },
        ...parts,
        { address: STATUS_AT, length: 1, flags: WRITE },
    ]);
    return driver.bytes(STATUS_AT, 1)[0] as number;
}

describe("a slot", () => {
    it("without a device says so, and takes no notice of a driver", () => {
        const driver = new Driver(undefined);
        expect([0, 4, 8].map((register) => driver.read(register))).toEqual([0x7472_6976, 2, 0]);
        expect(driver.begin()).toBe(0);
        expect([driver.accessor.read(BASE, 1), driver.accessor.read(BASE + 2, 4)]).toEqual([undefined, undefined]);
    });

    it("takes only features that it offers, and a driver of version 1", () => {
        const { driver } = disk();
        driver.write(0x14, 0);
        expect(driver.read(0x10)).toBe(0x244);
        driver.write(0x14, 1);
        expect(driver.read(0x10)).toBe(1);
        expect(driver.begin(0x200) & 8).toBe(8);
        expect(driver.begin(0x1000_0000) & 8).toBe(0);
        driver.write(0x70, 0);
        driver.write(0x70, 11);
        expect(driver.read(0x70)).toBe(3);
    });

    it("has a configuration of any width", () => {
        const { driver } = disk();
        expect([driver.read(0x100), driver.read(0x104), driver.read(0x10c)]).toEqual([SECTORS, 0, 126]);
        expect([driver.read(0x115, 1), driver.read(0x114, 2), driver.read(0x100, 8)]).toEqual([2, 512, SECTORS]);
        expect([driver.read(0x34), driver.read(0xb0), driver.read(0x200)]).toEqual([128, 0xffff_ffff, 0]);
    });

    it("interrupts when a request is done, until it is acknowledged, unless the driver wants none", () => {
        const { driver } = disk();
        request(driver, READ, 0, [{ length: 512, flags: WRITE }]);
        expect([driver.interrupt, driver.read(0x60)]).toEqual([true, 1]);
        driver.write(0x64, 1);
        expect([driver.interrupt, driver.read(0x60)]).toEqual([false, 0]);
        driver.view.setUint16(AVAILABLE - RAM_BASE, 1, true);
        request(driver, READ, 0, [{ length: 512, flags: WRITE }]);
        expect([driver.interrupt, driver.used().index]).toEqual([false, 2]);
    });
});

describe("a disk", () => {
    it("reads sectors into buffers of any sizes, and says how much it wrote", () => {
        const { driver } = disk();
        expect(
            request(driver, READ, 3, [
                { length: 100, flags: WRITE },
                { length: 924, flags: WRITE },
            ]),
        ).toBe(OK);
        expect(driver.bytes(DATA_AT, 1024)).toEqual([...new Array(512).fill(3), ...new Array(512).fill(4)]);
        expect(driver.used()).toEqual({ index: 1, head: 0, written: 1025 });
    });

    it("writes over the image, which stays as it is; the state has what was written", () => {
        const { drive, driver } = disk();
        const before = driver.accessor.state();
        driver.memory.fill(0xaa, DATA_AT - RAM_BASE, DATA_AT - RAM_BASE + 512);
        expect(request(driver, OUT, 9, [{ length: 512, flags: 0 }])).toBe(OK);
        expect([...drive.read(9 * 512 - 1, 514)]).toEqual([8, ...new Array(512).fill(0xaa), 10]);
        expect(drive.state()["written"]?.length).toBe(4100);
        expect(driver.accessor.state()).not.toBe(before);
        driver.accessor.bus.reset();
        expect([...drive.read(9 * 512, 1)]).toEqual([9]);
    });

    it("with write-through the image gets writes and flushes", () => {
        const log: unknown[] = [];
        const { driver } = disk({
            write: (offset, bytes) => log.push([offset, bytes.length, bytes[0]]),
            flush: () => log.push("flush"),
        });
        driver.memory[DATA_AT - RAM_BASE] = 77;
        expect(request(driver, OUT, 2, [{ length: 1024, flags: 0 }])).toBe(OK);
        expect(request(driver, FLUSH, 0, [])).toBe(OK);
        expect(log).toEqual([[1024, 1024, 77], "flush"]);
    });

    it("tells its name, and that it does not know a request", () => {
        const { driver } = disk();
        expect(request(driver, GET_ID, 0, [{ length: 20, flags: WRITE }])).toBe(OK);
        expect(Buffer.from(driver.bytes(DATA_AT, 20)).toString()).toBe("archipel0".padEnd(20, "\0"));
        expect(request(driver, 77, 0, [{ length: 20, flags: WRITE }])).toBe(UNSUPPORTED);
        expect(driver.read(0x70)).toBe(15);
    });

    it.each<[string, number, number, number]>([
        ["beyond the end", READ, SECTORS, 512],
        ["over the end", READ, SECTORS - 1, 1024],
        ["at the largest sector", READ, 2 ** 53 - 1, 512],
        ["of half a sector", READ, 0, 256],
        ["written beyond the end", OUT, SECTORS, 512],
    ])("refuses a request %s", (_what, type, sector, length) => {
        const { driver } = disk();
        expect(request(driver, type, sector, [{ length, flags: type === READ ? WRITE : 0 }])).toBe(IO_ERROR);
        expect(driver.read(0x70)).toBe(15);
    });

    it("that is only to be read refuses to be written, and says so beforehand", () => {
        const { driver } = disk({ readOnly: true });
        driver.write(0x14, 0);
        expect(driver.read(0x10) & 0x20).toBe(0x20);
        expect(request(driver, OUT, 0, [{ length: 512, flags: 0 }])).toBe(IO_ERROR);
    });

    it("whose file fails on the host has an error, and goes on", () => {
        const broken = disk({
            read: () => {
                throw new Error("EIO");
            },
        });
        expect(request(broken.driver, READ, 0, [{ length: 512, flags: WRITE }])).toBe(IO_ERROR);
        expect(request(broken.driver, GET_ID, 0, [{ length: 20, flags: WRITE }])).toBe(OK);
    });
});

describe("a broken queue stops the device until a reset, and says so", () => {
    const status: Descriptor = { address: STATUS_AT, length: 1, flags: WRITE };
    const header: Descriptor = { address: BUFFERS, length: 16, flags: 0 };
    const chained = (driver: Driver, next: number) => {
        driver.descriptor(0, { ...header, flags: NEXT, next });
        driver.make(0);
    };
    const cases: [string, (driver: Driver) => void][] = [
        ["a loop", (driver) => chained(driver, 0)],
        ["a descriptor that is not there", (driver) => driver.make(8)],
        ["a next one that is not there", (driver) => chained(driver, 9)],
        ["an indirect descriptor", (driver) => driver.send([{ ...header, flags: 4 }, status])],
        ["no status", (driver) => driver.send([header])],
        ["no header", (driver) => driver.send([status])],
        ["a short header", (driver) => driver.send([{ ...header, length: 15 }, status])],
        ["a header outside RAM", (driver) => driver.send([{ ...header, address: 0x1000_0000 }, status])],
        [
            "a header over the end of RAM",
            (driver) => driver.send([{ ...header, address: RAM_BASE + RAM_BYTES - 8 }, status]),
        ],
        ["a status at the end of addresses", (driver) => driver.send([header, { ...status, address: -1n }])],
        [
            "data in a device",
            (driver) => driver.send([header, { address: 0x200_0000, length: 512, flags: WRITE }, status]),
        ],
        ["a buffer to read behind one to write", (driver) => driver.send([status, header])],
        [
            "more chains than descriptors",
            (driver) => {
                driver.view.setUint16(AVAILABLE - RAM_BASE + 2, 9, true);
                driver.write(0x50, 0);
            },
        ],
    ];

    it.each(cases)("%s", (_what, act) => {
        const { driver } = disk();
        driver.view.setUint32(BUFFERS - RAM_BASE, READ, true);
        act(driver);
        expect(driver.read(0x70)).toBe(15 | NEEDS_RESET);
        expect([driver.interrupt, driver.read(0x60)]).toEqual([true, 2]);
        const { index } = driver.used();
        request(driver, READ, 0, [{ length: 512, flags: WRITE }]);
        expect(driver.used().index).toBe(index);
        driver.memory.fill(0);
        expect(driver.begin()).toBe(15);
        expect(request(driver, READ, 1, [{ length: 512, flags: WRITE }])).toBe(OK);
    });

    it.each([
        [0x38, 3],
        [0x38, 0],
        [0x38, 256],
        [0x80, DESCRIPTORS + 8],
        [0x90, AVAILABLE + 1],
        [0xa0, USED + 2],
    ])("register %i is %i when the queue is made ready", (register, value) => {
        const { driver } = disk();
        driver.write(0x44, 0);
        driver.write(register, value);
        driver.write(0x44, 1);
        expect(driver.read(0x70) & NEEDS_RESET).toBe(NEEDS_RESET);
    });

    it("rings outside RAM", () => {
        for (const [register, value] of [
            [0x84, 1],
            [0x90, 0x1000],
            [0xa4, 0xffff_ffff],
        ] as const) {
            const { driver } = disk();
            driver.write(0x44, 0);
            driver.write(register, value);
            driver.write(0x44, 1);
            request(driver, READ, 0, [{ length: 512, flags: WRITE }]);
            expect(driver.read(0x70) & NEEDS_RESET).toBe(NEEDS_RESET);
        }
    });
});

describe("random numbers", () => {
    const drawn = (seed: number) => {
        const driver = new Driver(new VirtioRandom(seed));
        driver.begin();
        const bytes = [20, 20].map((length) => {
            driver.send([{ address: DATA_AT, length, flags: WRITE }]);
            return driver.bytes(DATA_AT, 20).join();
        });
        return [...bytes, driver.used().written, driver.accessor.state()];
    };

    it("are those of the seed, and never the same again", () => {
        expect(drawn(1)).toEqual(drawn(1));
        const [first, second, written, state] = drawn(1);
        expect([first === second, written]).toEqual([false, 20]);
        expect(drawn(2)[0]).not.toBe(first);
        expect(drawn(2)[3]).not.toBe(state);
    });

    it("fill no more than a part of a huge buffer", () => {
        const driver = new Driver(new VirtioRandom(1));
        driver.begin();
        driver.send([{ address: DATA_AT, length: 0x8000, flags: WRITE }]);
        expect(driver.used().written).toBe(4096);
    });
});

describe("whatever a driver does", () => {
    const address = fc.oneof(
        fc.integer({ min: RAM_BASE, max: RAM_BASE + RAM_BYTES - 1 }),
        fc.constantFrom(0, 0x1000_0000, RAM_BASE - 1, RAM_BASE + RAM_BYTES - 1, 2 ** 53 - 1),
    );
    const descriptor = fc.record({
        address,
        length: fc.oneof(fc.nat(0x1000), fc.constantFrom(0, 1, 16, 512, 0xffff_ffff)),
        flags: fc.nat(7),
        next: fc.nat(9),
    });
    const step = fc.oneof(
        {
            weight: 3,
            arbitrary: fc.record({
                table: fc.array(descriptor, { maxLength: 8 }),
                head: fc.nat(9),
                header: fc.nat(9),
                sector: fc.nat(70),
            }),
        },
        {
            weight: 1,
            arbitrary: fc.record({
                register: fc.nat(63).map((index) => 4 * index),
                value: fc.oneof(fc.nat(16), fc.nat(0xffff_ffff)),
            }),
        },
        { weight: 1, arbitrary: fc.record({ at: fc.nat(RAM_BYTES - 4), word: fc.nat(0xffff_ffff) }) },
        { weight: 1, arbitrary: fc.constant("begin" as const) },
    );

    it("the device answers or asks for a reset, and the host stands", () => {
        const property = fc.property(fc.array(step, { maxLength: 12 }), fc.boolean(), (steps, isDisk) => {
            const drive = new Drive({ image: image(), readOnly: false });
            const driver = new Driver(isDisk ? new VirtioBlock(drive, "x") : new VirtioRandom(1));
            driver.begin();
            for (const each of steps) {
                if (each === "begin") driver.begin();
                else if ("register" in each) driver.write(each.register, each.value);
                else if ("word" in each) driver.view.setUint32(each.at, each.word, true);
                else {
                    for (const [index, part] of each.table.entries()) driver.descriptor(index, part);
                    driver.view.setUint32(BUFFERS - RAM_BASE, each.header, true);
                    driver.view.setBigUint64(BUFFERS - RAM_BASE + 8, BigInt(each.sector), true);
                    driver.make(each.head);
                }
            }
            driver.memory.fill(0);
            expect(driver.begin()).toBe(15);
        });
        fc.assert(property, { numRuns: NIGHTLY ? 100_000 : 500, seed: 17 });
    });
});
