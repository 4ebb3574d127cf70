// This file is the component js-text: strings and variants in JavaScript.

const TOKEN = /(?<word>\p{L}+)|(?<number>\d+(\.\d+)?)|(?<other>\S)/gu;

function token(match) {
  const { word, number, other } = match.groups;
  if (word !== undefined) return { tag: "word", val: word };
  if (number !== undefined) return { tag: "number", val: Number(number) };
  return { tag: "other", val: other };
}

export function tokens(s) {
  return Array.from(s.matchAll(TOKEN), token);
}

export function upper(s) {
  return s.toUpperCase();
}
