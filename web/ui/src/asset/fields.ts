import type { Field } from '../query/grammar';

// What may stand in the filter of devices. The API refuses anything else and
// names what it knows.
const yesNo = ['yes', 'no'] as const;

export const deviceFields: readonly Field[] = [
  { name: 'class', kind: 'word' },
  { name: 'name', kind: 'text' },
  { name: 'manufacturer', kind: 'word' },
  { name: 'model', kind: 'word' },
  { name: 'serial', kind: 'text' },
  { name: 'version', kind: 'word' },
  { name: 'os', kind: 'word' },
  { name: 'site', kind: 'word' },
  { name: 'building', kind: 'word' },
  { name: 'floor', kind: 'word' },
  { name: 'unit', kind: 'word' },
  { name: 'room', kind: 'word' },
  { name: 'bed', kind: 'word' },
  { name: 'location', kind: 'word', values: ['bed', 'unit', 'stale', 'unknown'] },
  { name: 'ip', kind: 'text' },
  { name: 'mac', kind: 'text' },
  { name: 'host', kind: 'text' },
  { name: 'status', kind: 'word', values: ['confirmed', 'likely', 'candidate', 'conflict', 'unknown'] },
  { name: 'state', kind: 'word', values: ['new', 'known', 'quiet', 'gone', 'listed'] },
  { name: 'use', kind: 'word', values: yesNo },
  { name: 'posture', kind: 'word' },
  { name: 'attachment', kind: 'text' },
  { name: 'randomised', kind: 'word', values: yesNo },
  { name: 'tag', kind: 'word' },
  { name: 'protocol', kind: 'word' },
  { name: 'role', kind: 'word' },
  { name: 'conflict', kind: 'word', values: yesNo },
  { name: 'disagrees', kind: 'word' },
  { name: 'exposure', kind: 'word', values: ['affected', 'undecidable', 'none'] },
  { name: 'support', kind: 'word', values: ['over', 'ending', 'supported', 'undecidable', 'none'] },
  { name: 'support_ends', kind: 'time' },
  { name: 'affected', kind: 'number' },
  { name: 'behind', kind: 'text' },
  { name: 'first_seen', kind: 'time' },
  { name: 'last_seen', kind: 'time' },
  { name: 'reported', kind: 'time' },
  { name: 'heard', kind: 'time' },
  { name: 'known_since', kind: 'time' },
  { name: 'asset_tag', kind: 'text' },
];

/** Fields of which the API counts the values. */
export const counted = new Set(['class', 'manufacturer', 'model', 'version', 'os', 'site', 'building', 'floor', 'unit', 'room', 'bed', 'location', 'status', 'state', 'posture', 'tag', 'protocol', 'role', 'conflict', 'disagrees', 'exposure', 'support']);
