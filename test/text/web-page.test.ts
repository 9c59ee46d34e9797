import { describe, expect, it } from 'vitest'
import { isWebPage, webPageGuard } from '../../src/text/web-page.ts'

describe('what begins like a page for people', () => {
  it.each([
    '<!DOCTYPE html><p>',
    '\r\n \t<html lang="en">',
    '\uFEFF<HTML>',
    '\uFEFF \n<!doctype  html>',
    '<?xml version="1.0"?><html>',
    '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    '<!-- a portal --><html>',
    '<!-- one --> <!-- two -->\n<head>',
    '<head><title>407',
    '<body>',
    '<script>location = "login"</script>',
    '<meta http-equiv="refresh">',
    '<title>Log in</title>',
  ])('is one: %j', (text) => expect(isWebPage(Buffer.from(text))).toBe(true))

  it.each([
    '',
    ' ',
    'PK\u0003\u0004<html>',
    '7z<html>',
    'Please log in',
    'rule html { condition: true }',
    '<htmlish>',
    '<!-- unending <html>',
    'ClamAV-VDB:<html>',
  ])('is none: %j', (text) => expect(isWebPage(Buffer.from(text))).toBe(false))

  it('is judged in the middle of a buffer, too', () => {
    expect(isWebPage(Buffer.from('xx<html>').subarray(2))).toBe(true)
    expect(isWebPage(Buffer.from('xx<html>'))).toBe(false)
  })

  it('may come byte by byte', () => {
    const guard = webPageGuard('http://127.0.0.1/x')
    const feed = () => {
      for (const byte of Buffer.from('  <!doctype html>')) guard(Uint8Array.of(byte))
    }
    expect(feed).toThrow(expect.objectContaining({ code: 'FETCH_HTML' }))
    const other = webPageGuard('http://127.0.0.1/x')
    const harmless = () => {
      for (const byte of Buffer.from('PK\u0003\u0004<!doctype html>')) other(Uint8Array.of(byte))
    }
    expect(harmless).not.toThrow()
  })
})
