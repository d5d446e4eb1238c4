/** Reading what came from outside, field by field: what is missing or of another type is an error that names it. */

export const VERSION = 1;

/** The other side said something that is not the protocol. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

/** The other side speaks another version of the protocol. */
export class VersionError extends ProtocolError {
  override name = 'VersionError';

  constructor(
    readonly theirs: unknown,
    ours: number
  ) {
    super(`version ${String(theirs)} instead of ${ours}`);
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** A message of a version that can be read: the last of `versions`, or an earlier one. */
export function versioned(value: unknown, versions: readonly [number, ...number[]] = [VERSION]): Fields {
  const message = fields(value, 'message');
  if (!versions.some(each => each === message.version)) {
    throw new VersionError(message.version, Math.max(...versions));
  }
  return message;
}

export function fields(value: unknown, what: string): Fields {
  if (!isFields(value)) {
    throw new ProtocolError(`${what} is not an object`);
  }
  return value;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: Fields, key: string): string {
  const found = value[key];
  if (typeof found !== 'string') {
    throw new ProtocolError(`${key} is not a text`);
  }
  return found;
}

export function optionalText(value: Fields, key: string): string | null {
  return value[key] === undefined || value[key] === null ? null : text(value, key);
}

export function number(value: Fields, key: string): number {
  const found = value[key];
  if (typeof found !== 'number' || !Number.isFinite(found)) {
    throw new ProtocolError(`${key} is not a number`);
  }
  return found;
}

export function optionalNumber(value: Fields, key: string): number | null {
  return value[key] === undefined || value[key] === null ? null : number(value, key);
}

export function oneOf<T extends string>(value: Fields, key: string, known: readonly T[]): T {
  const found = known.find(item => item === value[key]);
  if (found === undefined) {
    throw new ProtocolError(`${key} is none of ${known.join(', ')}`);
  }
  return found;
}

export function list<T>(value: Fields, key: string, read: (item: Fields) => T): T[] {
  const found = value[key];
  if (!Array.isArray(found)) {
    throw new ProtocolError(`${key} is not a list`);
  }
  return found.map(item => read(fields(item, key)));
}

/** A list that older kernels do not send. */
export function optionalList<T>(value: Fields, key: string, read: (item: Fields) => T): T[] {
  return value[key] === undefined || value[key] === null ? [] : list(value, key, read);
}

export function texts(value: Fields, key: string): string[] {
  const found: unknown = value[key] ?? [];
  if (!Array.isArray(found) || !found.every(item => typeof item === 'string')) {
    throw new ProtocolError(`${key} is not a list of texts`);
  }
  return found;
}
