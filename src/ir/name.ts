/**
 * What a network may be called: every file, symbol and CMake target of the emitted C begins with the name, and the macros
 * with the same in upper case, so that two names must not differ in case only. Here because configurations, manifests and
 * the code generator must agree.
 *
 * 63 characters are what C99 (5.2.4.1) has compilers tell apart in the names of macros and of what is static, and leave room
 * for endings in the 255 that file systems allow. The 31 of external names would be too few with any limit: symbols of tables
 * have the layer's name behind the network's. The compilers that snug is tried with tell all characters apart.
 */
export const MAX_NAME_LENGTH = 63;

/** A letter, and at most 62 letters, digits and underscores. */
export const NETWORK_NAME: RegExp = /^[a-z][a-z0-9_]{0,62}$/;

/** `NETWORK_NAME` in words, for diagnostics. */
export const NETWORK_NAME_RULE = 'at most 63 lower-case letters, digits and underscores, a letter first';
