// Shows the report in a frame of each width and each colour scheme, and writes down what it measures.
'use strict';

async function shown(width) {
  const frame = document.createElement('iframe');
  frame.style.cssText = `width: ${width}px; height: 900px; border: 0`;
  const loaded = new Promise(done => { frame.onload = done; });
  frame.src = 'report.html';
  document.body.append(frame);
  await loaded;
  return frame.contentDocument;
}

// Texts of one picture that lie on another.
function overlaps(page) {
  const over = [];
  for (const svg of page.querySelectorAll('svg.graph, svg.timeline')) {
    const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()])
      .filter(([, b]) => b.width > 0);
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
      const [a, b] = [boxes[i][1], boxes[j][1]];
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 2 && y > 5) over.push(boxes[i][0] + ' / ' + boxes[j][0]);
    }
  }
  return over;
}

function channels(colour) {
  const numbers = (colour.match(/[\d.]+/g) || []).map(Number);
  const unit = colour.startsWith('color(') ? 255 : 1;
  const [r, g, b, a = 1] = numbers;
  return [r * unit, g * unit, b * unit, a];
}

function luminance([r, g, b]) {
  const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

// WCAG 2: from 1 to 21.
function contrast(one, other) {
  const [x, y] = [luminance(one), luminance(other)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

// The colour behind an element: of a shape in its own group that it lies on, else of what holds it.
function behind(element, look) {
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const group = element.namespaceURI.endsWith('svg') && element.closest('g');
  for (const shape of group ? group.querySelectorAll('rect, path') : []) {
    const own = shape.getBoundingClientRect();
    if (own.left <= x && x <= own.right && own.top <= y && y <= own.bottom) return channels(look(shape).fill);
  }
  for (let one = element; one; one = one.parentElement) {
    const colour = channels(look(one).backgroundColor);
    if (colour[3] === 1) return colour;
  }
  return [255, 255, 255, 1];
}

// Texts that stand out too little from what is behind them.
function faint(page) {
  const look = element => page.defaultView.getComputedStyle(element);
  const found = new Set();
  for (const element of page.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || ['TITLE', 'title', 'STYLE'].includes(element.tagName)) continue;
    if (element.closest('.hidden, .skip') || element.getClientRects().length === 0) continue;
    const style = look(element);
    const colour = channels(element.namespaceURI.endsWith('svg') ? style.fill : style.color);
    const ratio = contrast(colour, behind(element, look));
    if (!(ratio >= 4.5)) found.add(`${element.tagName}.${element.getAttribute('class')} ${ratio.toFixed(2)}`);
  }
  return [...found];
}

// Makes the page's rules for this colour scheme the ones that apply.
function dye(page, scheme) {
  for (const rule of page.styleSheets[0].cssRules) {
    if (rule.media && rule.media.mediaText.includes('prefers-color-scheme')) {
      rule.media.mediaText = scheme === 'dark' ? 'all' : 'not all';
    }
  }
}

async function look(width) {
  const page = await shown(width);
  const closed = page.documentElement.scrollWidth;
  const few = page.querySelectorAll('details:not([open]) svg.graph g.node.host').length;
  const hosts = page.querySelectorAll('svg.graph g.node.host').length;
  page.querySelectorAll('details').forEach(one => { one.open = true; });
  const links = [...page.querySelectorAll('a')];
  const dim = {};
  for (const scheme of ['light', 'dark']) {
    dye(page, scheme);
    dim[scheme] = faint(page);
  }
  const claims = [...page.querySelectorAll('.claims > li')];
  const records = claims.filter(claim => {
    const link = claim.querySelector('a[href^="#r."]');
    const record = link && page.getElementById(link.hash.slice(1));
    return record && record.querySelector('dl.fields dd');
  });
  return {
    width, window: page.documentElement.clientWidth, closed, page: page.documentElement.scrollWidth,
    over: overlaps(page), nowhere: links.filter(a => !page.getElementById(a.hash.slice(1))).map(a => a.hash),
    hosts, openHosts: hosts - few, scripts: page.scripts.length, dim, claims: claims.length, records: records.length,
  };
}

(async () => {
  const all = [];
  for (const width of [390, 768, 1280]) all.push(await look(width));
  const out = document.createElement('pre');
  out.id = 'measured';
  out.textContent = JSON.stringify(all);
  document.body.replaceChildren(out);
})();
