import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { load, type Locale, locales } from '../words/words';

// What a heading takes of its column: the letters in Inter at 12 px and weight
// 570, in hundredths of a pixel, the padding, and the arrow of what is sorted by.
const letters = Object.entries({
  308: ' ',
  311: 'ijlîïí',
  330: 'IÎÍ',
  347: '’',
  377: '.,:',
  386: "'",
  419: 't',
  446: '()',
  451: '/',
  463: 'f',
  473: 'r',
  504: '1',
  550: '°',
  557: '-',
  584: 'º',
  656: 's',
  677: 'z',
  679: 'xL',
  680: 'k',
  687: 'aäàâá',
  690: '7',
  694: 'J',
  697: 'cç',
  700: 'v',
  701: 'y',
  706: 'F',
  708: 'eéèêë',
  725: 'EÉÈ',
  729: 'oöôó',
  731: '5hnuüûùúñ',
  745: '2',
  747: 'bdpq',
  748: 'g',
  760: '3',
  764: '69',
  765: '8',
  768: 'ß',
  773: 'P',
  779: 'SZ',
  781: 'R',
  786: '0',
  790: 'BT',
  792: '&',
  796: '4',
  838: 'K',
  850: 'Y',
  857: 'X',
  867: 'ADVÄÀÂÁ',
  883: 'CÇ',
  885: 'UÜÚ',
  894: 'H',
  898: 'G',
  910: 'NÑ',
  922: 'OÖÔÓ',
  926: 'Q',
  1004: 'w',
  1076: 'm',
  1103: 'M',
  1192: 'œ',
  1201: '%',
  1218: 'W',
}).flatMap(([width, all]) => [...all].map((c): [string, number] => [c, Number(width) / 100]));
const advance = new Map(letters);
const padding = 20;
const arrow = 16;

const root = 'src';
const column = /header: t\('([\w.]+)'\),\s+width: (\d+)(?=([\s\S]{0,400}))/g;

describe('a heading of a table', () => {
  it('has room in its column in every language, with its arrow', async () => {
    const books = await Promise.all((Object.keys(locales) as Locale[]).map(async (l) => ({ l, words: await load(l) })));
    const clipped: string[] = [];
    let seen = 0;
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.tsx')) continue;
      for (const [, key = '', width = '', rest = ''] of readFileSync(`${root}/${file}`, 'utf8').matchAll(column)) {
        seen++;
        const sorted = (rest.split(/header:|^\s*\{ id/m)[0] ?? '').includes("sort: '");
        for (const { l, words } of books) {
          const text = words[key];
          if (typeof text !== 'string') throw new Error(`${l}: ${key} is no heading`);
          const takes = [...text].reduce((n, c) => n + (advance.get(c) ?? 8), padding + (sorted ? arrow : 0));
          if (takes > Number(width) + 1) clipped.push(`${file}: ${l} "${text}" takes ${Math.ceil(takes)} of ${width} pixels`);
        }
      }
    }
    expect(clipped).toEqual([]);
    expect(seen).toBeGreaterThan(200);
  });
});
