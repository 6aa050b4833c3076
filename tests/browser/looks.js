// What tests see in a page. Each function returns words about what is wrong, and nothing where nothing is.
"use strict";
window.looks = (() => {
  const inView = (box) => box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0;
  const visible = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && inView(element.getBoundingClientRect());
  const words = (element) =>
    `<${element.localName}> ${(element.getAttribute("aria-label") || element.textContent || element.name || "").trim().slice(0, 40)}`;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // WCAG 2.5.8, without the exception for space around: only a link within a sentence may be smaller.
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]";
  function withinSentence(element) {
    if (getComputedStyle(element).display !== "inline") return false;
    const block = element.parentElement.closest("p, li, dd, td, th, h1, h2, h3, figcaption, div");
    return block !== null && block.textContent.trim().length > element.textContent.trim().length;
  }
  const small = () => all(CONTROLS).filter(visible).flatMap((element) => {
    const { width, height } = element.getBoundingClientRect();
    if ((width >= 23.99 && height >= 23.99) || withinSentence(element)) return [];
    return [`${words(element)}: ${width.toFixed(1)} x ${height.toFixed(1)}`];
  });

  // What would make the whole page scroll sideways.
  function wide() {
    const most = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const scrolls = (element) => element.parentElement?.closest(".scroll, .menu, pre, svg");
    return [`${document.documentElement.scrollWidth} px of ${innerWidth}`,
      ...all("body *").filter((element) => visible(element) && !scrolls(element))
        .filter((element) => element.getBoundingClientRect().right > most + 0.5).map(words).slice(0, 5)];
  }

  // Pictures.
  const charts = () => all("main svg").filter(visible);
  const lettered = (svg) => all("text", svg).filter(visible);

  const clipped = () => charts().flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    return lettered(svg).filter((text) => {
      const box = text.getBoundingClientRect();
      return box.left < frame.left - 0.75 || box.right > frame.right + 0.75 ||
        box.top < frame.top - 0.75 || box.bottom > frame.bottom + 0.75;
    }).map((text) => `${words(text)} in ${words(svg)}`);
  });

  const overlapping = () => charts().flatMap((svg) => {
    const boxes = lettered(svg).map((text) => [text, text.getBoundingClientRect()]);
    return boxes.flatMap(([one, a], place) => boxes.slice(place + 1)
      .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)
      .map(([other]) => `${words(one)} and ${words(other)} in ${words(svg)}`));
  });

  const tiny = (least) => charts().flatMap((svg) => lettered(svg).flatMap((text) => {
    const height = parseFloat(getComputedStyle(text).fontSize) * Math.abs(text.getScreenCTM().d);
    return height >= least - 0.01 ? [] : [`${words(text)}: ${height.toFixed(1)} px in ${words(svg)}`];
  }));

  // Contrast of letters in pictures with what is painted below them: axe looks at no picture.
  function colour(said) {
    const [red, green, blue, alpha = 1] = said.match(/[\d.]+/g).map(Number);
    return { red, green, blue, alpha };
  }
  const over = (top, below) => Object.fromEntries(["red", "green", "blue"]
    .map((name) => [name, top[name] * top.alpha + below[name] * (1 - top.alpha)]));
  function light({ red, green, blue }) {
    const [r, g, b] = [red, green, blue].map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function contrast(one, other) {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  function ground(element) {
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.alpha === 1) return found;
    }
    return { red: 255, green: 255, blue: 255, alpha: 1 };
  }
  function opacity(element, root) {
    let found = 1;
    for (let at = element; at !== root; at = at.parentElement) found *= parseFloat(getComputedStyle(at).opacity);
    return found;
  }
  function below(shapes, svg, x, y) {
    let found = ground(svg);
    for (const shape of shapes) {
      const style = getComputedStyle(shape);
      if (style.fill === "none") continue;
      const at = new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse());
      if (!shape.isPointInFill(at)) continue;
      const top = colour(style.fill);
      top.alpha *= parseFloat(style.fillOpacity) * opacity(shape, svg);
      found = over(top, found);
    }
    return found;
  }
  const faint = (least) => charts().flatMap((svg) => {
    const shapes = all("rect, path, circle, polygon, ellipse", svg);
    return lettered(svg).flatMap((text) => {
      const box = text.getBoundingClientRect(), style = getComputedStyle(text);
      const painted = shapes.filter((shape) => shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING);
      const ink = colour(style.fill);
      ink.alpha *= parseFloat(style.fillOpacity) * opacity(text, svg);
      const worst = Math.min(...[0.05, 0.5, 0.95].map((part) => {
        const paper = below(painted, svg, box.left + part * box.width, box.top + box.height / 2);
        return contrast(over(ink, paper), paper);
      }));
      return worst >= least ? [] : [`${words(text)}: ${worst.toFixed(2)} in ${words(svg)}`];
    });
  });

  // Where the pictures of charts are, in pixels of the page.
  const regions = () => all("main .chart-box svg").filter(visible).map((svg) => {
    const { left, top, width, height } = svg.getBoundingClientRect();
    return { what: words(svg), left: left + scrollX, top: top + scrollY, width, height };
  });

  const opened = (most) => all("main details").slice(0, most || undefined).forEach((one) => { one.open = true; });
  const closed = () => all("main details").forEach((one) => { one.open = false; });

  // What a person without a mouse can come to, in the order of the page.
  const stops = () => all(`${CONTROLS}, [tabindex="0"]`).filter((element) =>
    !element.disabled && element.tabIndex >= 0 && element.checkVisibility({ visibilityProperty: true })).length;

  const wrong = (letters, most) => ({
    small: small(), wide: wide(), clipped: clipped(), overlapping: overlapping(), tiny: tiny(letters), faint: faint(most),
  });

  return { wrong, regions, opened, closed, stops, words, visible };
})();
