// Writes a list as a spreadsheet (Office Open XML): one sheet of text cells
// and numbers in an uncompressed zip. Text is text: nothing in it is ever run
// as a formula, so it needs no apostrophe.

const table = Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; i++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});

function crc(data: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of data) c = (table[(c ^ byte) & 255] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** zip packs files without compressing them. */
export function zip(files: { name: string; text: string }[]): Blob {
  const encoder = new TextEncoder();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const index: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const file of files) {
    const name = encoder.encode(file.name);
    const data = encoder.encode(file.text);
    // What the local header and the index say alike: version, UTF-8 names, stored, 1980-01-01.
    const shared = [u16(20), u16(0x800), u16(0), u16(0), u16(33), u32(crc(data)), u32(data.length), u32(data.length), u16(name.length), u16(0)];
    const head = join([u32(0x04034b50), ...shared, name, data]);
    index.push(join([u32(0x02014b50), u16(20), ...shared, u16(0), u16(0), u16(0), u32(0), u32(at), name]));
    parts.push(head);
    at += head.length;
  }
  const list = join(index);
  const end = join([u32(0x06054b50), u16(0), u16(0), u16(files.length), u16(files.length), u32(list.length), u32(at), u16(0)]);
  return new Blob([...parts, list, end], { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' });
}

function u16(n: number): Uint8Array {
  return Uint8Array.of(n & 255, (n >>> 8) & 255);
}

function u32(n: number): Uint8Array {
  return Uint8Array.of(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, (n >>> 24) & 255);
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** XML 1.0 knows no control characters but these three. */
function escape(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** column names a column: 0 is A, 26 is AA. */
export function column(n: number): string {
  return (n >= 26 ? column(Math.floor(n / 26) - 1) : '') + String.fromCharCode(65 + (n % 26));
}

function cell(text: string, row: number, col: number, number: boolean, head: boolean): string {
  if (text === '') return '';
  const place = `${column(col)}${row}`;
  if (number && /^-?\d{1,15}(\.\d+)?$/.test(text)) return `<c r="${place}"><v>${text}</v></c>`;
  return `<c r="${place}"${head ? ' s="1"' : ''} t="inlineStr"><is><t xml:space="preserve">${escape(text.slice(0, 32767))}</t></is></c>`;
}

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packaged = 'http://schemas.openxmlformats.org/package/2006';
const sheetKind = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** toXLSX writes rows of text below their headings; numeric tells which columns hold numbers. */
export function toXLSX(headings: string[], numeric: boolean[], rows: string[][]): Blob {
  const lines = [headings, ...rows].map((texts, i) => `<row r="${i + 1}">${texts.map((text, c) => cell(text, i + 1, c, i > 0 && (numeric[c] ?? false), i === 0)).join('')}</row>`);
  const sheet =
    `<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>` +
    `<sheetData>${lines.join('')}</sheetData><autoFilter ref="A1:${column(Math.max(0, headings.length - 1))}${rows.length + 1}"/></worksheet>`;
  const styles =
    `<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>' +
    '<cellXfs count="2"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/></cellXfs></styleSheet>';
  const files: [string, string][] = [
    [
      '[Content_Types].xml',
      `<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
        `<Override PartName="/xl/workbook.xml" ContentType="${sheetKind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${sheetKind}.worksheet+xml"/>` +
        `<Override PartName="/xl/styles.xml" ContentType="${sheetKind}.styles+xml"/></Types>`,
    ],
    ['_rels/.rels', `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ['xl/workbook.xml', `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Bedrail" sheetId="1" r:id="rId1"/></sheets></workbook>`],
    [
      'xl/_rels/workbook.xml.rels',
      `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    ],
    ['xl/styles.xml', styles],
    ['xl/worksheets/sheet1.xml', sheet],
  ];
  return zip(files.map(([name, text]) => ({ name, text: declaration + text })));
}
