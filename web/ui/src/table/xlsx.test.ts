import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { column, toXLSX } from './xlsx';

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(new Uint8Array(reader.result as ArrayBuffer));
    reader.onerror = () => fail(new Error('unreadable'));
    reader.readAsArrayBuffer(blob);
  });
}

test('columns are named as a spreadsheet names them', () => {
  expect([0, 25, 26, 701, 702].map(column)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA']);
});

test('text stays text, numbers are numbers, and markup is escaped', async () => {
  const data = await bytesOf(toXLSX(['Name', 'Devices'], [false, true], [['=1+1 <b>&', '12'], ['a\u0001b', 'many']]));
  const text = new TextDecoder().decode(data);
  expect(text.startsWith('PK')).toBe(true);
  expect(text).toContain('<c r="A2" t="inlineStr"><is><t xml:space="preserve">=1+1 &lt;b&gt;&amp;</t></is></c><c r="B2"><v>12</v></c>');
  expect(text).toContain('>ab</t>');
  expect(text).toContain('>many</t>');
});

test('another program finds the zip whole', async ({ skip }) => {
  try {
    execFileSync('python3', ['-c', '']);
  } catch {
    skip('needs python3, which is not there');
  }
  const folder = mkdtempSync(join(tmpdir(), 'xlsx'));
  try {
    const file = join(folder, 'list.xlsx');
    writeFileSync(file, await bytesOf(toXLSX(['Gerät'], [false], [['Übung'], ['b']])));
    const said = execFileSync('python3', ['-c', 'import sys, zipfile, xml.dom.minidom as x\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n[x.parseString(z.read(n)) for n in z.namelist()]\nprint(len(z.namelist()))', file]);
    expect(said.toString().trim()).toBe('6');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
