import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { halves } from '../../scripts/firstwords';
import en from './en.json';
import { english, speaker, whole } from './words';

const src = join(dirname(fileURLToPath(import.meta.url)), '..');

it('splits the English words in two, and loses none', () => {
  const { first, rest } = halves(src);
  expect({ ...rest, ...first }).toEqual(en);
  expect(Object.keys(first).length + Object.keys(rest).length).toBe(Object.keys(en).length);
});

it('has with the first page what its shell and its login say, and not what screens say', () => {
  const { first, rest } = halves(src);
  for (const key of ['nav.devices', 'login.enter', 'word.unknown']) expect(first, key).toHaveProperty([key]);
  for (const key of ['mds2.none', 'wizard.title']) expect(first, key).not.toHaveProperty([key]);
  expect(JSON.stringify(first).length).toBeLessThan(JSON.stringify(rest).length / 4);
});

it('has all words once a screen has come', async () => {
  expect(await whole(() => Promise.resolve('screen'))()).toBe('screen');
  expect(Object.keys(english).length).toBe(Object.keys(en).length);
  expect(speaker('en', english).t('word.unknown')).toBe(en['word.unknown']);
});
