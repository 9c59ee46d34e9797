import { expect, it } from 'vitest'
import { isHtmlAnswer } from '../src/web-page.ts'

const bytes = (text: string) => Buffer.from(text)

it.each([
  ['<!DOCTYPE html><p>', null],
  ['\r\n \t<html lang="en">', 'application/zip'],
  ['\uFEFF<HTML>', null],
  ['<?xml version="1.0"?><html>', null],
  ['Please log in', 'text/html; charset=utf-8'],
])('takes %j of type %s for a page', (text, mediaType) =>
  expect(isHtmlAnswer(bytes(text), mediaType)).toBe(true),
)

it.each([
  ['PK\u0003\u0004 a mislabelled archive', 'text/html'],
  ['7z<html>', null],
  [' ', 'text/plain'],
  ['', null],
])('takes %j of type %s for a file', (text, mediaType) =>
  expect(isHtmlAnswer(bytes(text), mediaType)).toBe(false),
)
