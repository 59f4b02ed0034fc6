/** The integer formulas of `docs/numerics.md` in unbounded integers: what every other implementation is compared with. */

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** floor((a · m + 2^30) / 2^31) */
export function exactDoublingHighMult(a: bigint, m: bigint): bigint {
  return floorDivide(a * m + (1n << 30n), 1n << 31n);
}

/** a / 2^e to nearest, ties away from zero. */
export function exactDivideByPowerOfTwo(a: bigint, e: bigint): bigint {
  const magnitude = a < 0n ? -a : a;
  const rounded = (2n * magnitude + (1n << e)) / (1n << (e + 1n));
  return a < 0n ? -rounded : rounded;
}

export function exactRequantize(acc: bigint, multiplier: number, shift: number): bigint {
  const left = BigInt(Math.max(shift, 0));
  const right = BigInt(Math.max(-shift, 0));
  return exactDivideByPowerOfTwo(exactDoublingHighMult(acc << left, BigInt(multiplier)), right);
}

export function exactClamp(value: bigint, { min, max }: { readonly min: number; readonly max: number }): number {
  return Number(value < BigInt(min) ? BigInt(min) : value > BigInt(max) ? BigInt(max) : value);
}
