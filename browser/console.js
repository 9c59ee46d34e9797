// What the console's pages do by themselves: times in the reader's zone, events as they come, parts of the page
// that follow, and a chart to point into. Nothing needs it: every page and form works without.

const page = document.body.dataset.page
const loggedIn = document.body.dataset.user !== ''

// Times -------------------------------------------------------------------------------------------------------

const zoned = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: undefined,
  hour12: false,
})

function partsOf(moment) {
  return Object.fromEntries(zoned.formatToParts(moment).map(({ type, value }) => [type, value]))
}

/** Says each time in the reader's zone, and in UTC when pointed at. */
function tellTimes(root) {
  for (const element of root.querySelectorAll('time[datetime]')) {
    const moment = new Date(element.dateTime)
    if (Number.isNaN(moment.getTime())) continue
    const { year, month, day, hour, minute } = partsOf(moment)
    element.textContent = `${year}-${month}-${day} ${hour}:${minute}`
    element.title = `${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC`
  }
}

// Parts that follow ---------------------------------------------------------------------------------------------

let asking = false
let askAgain = false

/** Fetches this page anew and takes over the parts of it that show facts; nothing somebody is about to fill in. */
function refresh() {
  if (asking) {
    askAgain = true
    return
  }
  asking = true
  const request = new XMLHttpRequest()
  request.open('GET', location.href)
  // Parsed by the browser as a page that runs nothing; tells the console that no person asked.
  request.responseType = 'document'
  request.setRequestHeader('X-Defs-Live', '1')
  request.onloadend = () => {
    asking = false
    if (request.response?.body?.dataset.page === 'login') return toLogin()
    if (request.status === 200 && request.response) takeOver(request.response)
    if (askAgain) {
      askAgain = false
      refresh()
    }
  }
  request.send()
}

function takeOver(fresh) {
  for (const part of document.querySelectorAll('[data-part]')) {
    const next = [...fresh.querySelectorAll('[data-part]')].find(
      (one) => one.dataset.part === part.dataset.part,
    )
    const inUse = part.contains(document.activeElement) || part.querySelector('details[open]')
    if (!next || inUse || part.dataset.part === 'age' || part.isEqualNode(next)) continue
    const own = document.importNode(next, true)
    tellTimes(own)
    part.replaceWith(own)
  }
  // A run that ended gives the buttons back even where a form is open.
  const running = fresh.querySelector('[data-running]') !== null
  for (const button of document.querySelectorAll('form[data-action] button')) button.disabled = running
}

function toLogin() {
  location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search)}`)
}

// Events as they come -------------------------------------------------------------------------------------------

function addEvent(list, offset, event) {
  const item = document.createElement('li')
  item.dataset.offset = offset
  item.dataset.eventId = String(event.id)
  item.className = `${event.level} fresh`
  const time = document.createElement('time')
  time.dateTime = event.time
  const [level, message, number] = ['span', 'span', 'small'].map((name) => document.createElement(name))
  level.className = 'level'
  level.textContent = plain(event.level)
  message.className = 'message'
  message.textContent = plain(event.message)
  if (typeof event.family === 'string') {
    const family = document.createElement('b')
    family.textContent = plain(event.family)
    message.prepend(family, ' ')
  }
  number.textContent = String(event.id)
  item.append(time, ' ', level, ' ', message, ' ', number)
  tellTimes(item)
  list.prepend(item)
  while (list.children.length > 100) list.lastElementChild.remove()
  setTimeout(() => item.classList.remove('fresh'), 4000)
}

// As src/text/plain-text.ts lists them: what controls a screen, and marks that reorder or hide text.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Text from afar, its characters that could disguise it made visible, as the pages themselves have it. */
function plain(text) {
  return String(text).replace(unsafe, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** As the page chose when it was made. */
function isChosen({ dataset: { only, onlyHost } }, event) {
  if (onlyHost !== undefined) return event.host === onlyHost
  return only !== 'grave' || event.level !== 'information' || event.id === 30
}

const ofFleet = ['fleet', 'rollouts', 'rollout', 'hosts', 'host']

/** The place of an event as the page writes it: of several families, an id names the place in each. */
function placeOf(id, family) {
  const [own, ...others] = id.split('.')
  const at = others.findIndex((name, index) => index % 2 === 0 && name === family)
  return family === undefined ? own : `${family}.${others[at + 1]}`
}

function listen() {
  const list = document.querySelector('[data-live="journal"]')
  const shown = new Set([...(list?.children ?? [])].map((item) => item.dataset.offset))
  let waiting
  const source = new EventSource('/api/v1/stream')
  const refreshSoon = () => {
    clearTimeout(waiting)
    // Not all who look at once.
    waiting = setTimeout(refresh, 300 + Math.random() * 700)
  }
  source.addEventListener('journal', (message) => {
    const event = JSON.parse(message.data)
    const place = placeOf(message.lastEventId, event.family)
    if (list && isChosen(list, event) && !shown.has(place)) {
      shown.add(place)
      addEvent(list, place, event)
    }
    refreshSoon()
  })
  // What comes first is what this page was made of.
  const states = new Set()
  for (const name of ['fleet', 'heat'])
    source.addEventListener(name, () => {
      if (states.has(name) && ofFleet.includes(page)) refreshSoon()
      states.add(name)
    })
  source.addEventListener('open', () => {
    document.body.dataset.stream = 'open'
  })
  source.addEventListener('error', () => {
    document.body.dataset.stream = 'away'
    // Refused for good: the session has ended. Else the browser comes back by itself.
    if (source.readyState === EventSource.CLOSED) refusedOrAway()
  })
}

async function refusedOrAway() {
  const answer = await fetch('/api/v1/events', { headers: { 'X-Defs-Live': '1' } }).catch(() => null)
  if (answer?.status === 401) return toLogin()
  setTimeout(listen, 5000)
}

// The chart -----------------------------------------------------------------------------------------------------

const hour = 3600

async function drawAge(figure) {
  if (typeof uPlot === 'undefined') return
  const { family } = figure.dataset
  const of = family === undefined ? '' : `?family=${encodeURIComponent(family)}`
  const answer = await fetch(`/api/v1/age${of}`, { headers: { 'X-Defs-Live': '1' } }).catch(() => null)
  if (!answer?.ok) return
  const { points, marks, maxAge } = await answer.json()
  if (points.length < 2) return
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const [text, line, accent, soft, bad, warn] = [
    '--soft',
    '--line',
    '--accent',
    '--accent-soft',
    '--bad-mid',
    '--warn',
  ].map(colour)
  // The whole period, also where the first set came later; a limit far above all there is, is left out.
  const begin = Date.now() - 30 * 24 * hour * 1000
  const all = points[0][0] > begin ? [[begin, null], ...points] : points
  const times = all.map(([at]) => at / 1000)
  const ages = all.map(([, age]) => (age === null ? null : age / 1000 / hour))
  const oldest = Math.max(...ages)
  const allowed = maxAge / 1000 / hour
  const shown = allowed <= Math.max(oldest * 10, 24)
  const limit = times.map(() => (shown ? allowed : null))
  const top = Math.max(oldest * 1.1, shown ? allowed * 1.25 : 0, 1)
  const inDays = top > 24 * 5
  const axis = {
    stroke: text,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line },
    font: '12px system-ui, sans-serif',
  }
  const said = figure.querySelector('svg')?.getAttribute('aria-label') ?? ''
  const width = Math.max(300, figure.clientWidth)
  const height = figure.clientHeight - 34
  const chart = new uPlot(
    {
      width,
      height,
      scales: { y: { range: () => [0, top] } },
      axes: [
        { ...axis, space: 70, values: dayTexts },
        {
          ...axis,
          size: 52,
          incrs: inDays ? [24, 48, 120, 240, 720, 2400] : [1, 2, 3, 6, 12, 24],
          values: (_, ticks) => ticks.map((value) => (inDays ? `${value / 24} d` : `${value} h`)),
        },
      ],
      series: [
        { label: 'When', value: (_, value) => (value === null ? '–' : momentText(value)) },
        {
          label: 'Age',
          stroke: accent,
          fill: soft,
          width: 2,
          points: { show: false },
          value: (_, value) => (value === null ? '–' : `${value.toFixed(1)} h`),
        },
        {
          label: 'Allowed',
          stroke: bad,
          dash: [6, 5],
          width: 1.5,
          points: { show: false },
          value: (_, value) => (value === null ? '–' : `${value} h`),
        },
      ],
      cursor: { drag: { x: true, y: false } },
      hooks: { draw: [(self) => drawMarks(self, marks, { fell: bad, rolled: warn })] },
    },
    [times, ages, limit],
  )
  chart.root.setAttribute('role', 'img')
  chart.root.setAttribute('aria-label', said)
  figure.replaceChildren(chart.root)
  new ResizeObserver(() => chart.setSize({ width: Math.max(300, figure.clientWidth), height })).observe(
    figure,
  )
}

/** Days of an axis, as the rest of the page writes them; with the time of day where it is drawn that closely. */
function dayTexts(_self, moments, _axis, _space, step) {
  return moments.map((seconds) => {
    const { month, day, hour: hours, minute } = partsOf(new Date(seconds * 1000))
    return step >= 24 * hour ? `${month}-${day}` : `${month}-${day} ${hours}:${minute}`
  })
}

function momentText(seconds) {
  const { year, month, day, hour: hours, minute } = partsOf(new Date(seconds * 1000))
  return `${year}-${month}-${day} ${hours}:${minute}`
}

function drawMarks(self, marks, colours) {
  const { ctx } = self
  ctx.save()
  ctx.font = `bold ${14 * devicePixelRatio}px system-ui, sans-serif`
  ctx.textAlign = 'center'
  for (const { at, kind } of marks) {
    if (kind === 'updated') continue
    ctx.fillStyle = kind === 'fell back' ? colours.fell : colours.rolled
    ctx.fillText(
      kind === 'fell back' ? '▼' : '↶',
      self.valToPos(at / 1000, 'x', true),
      self.bbox.top + 14 * devicePixelRatio,
    )
  }
  ctx.restore()
}

tellTimes(document)
// On a phone the names of the pages are wider than the screen.
document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
if (loggedIn) {
  listen()
  // Ages go on while nothing happens.
  setInterval(() => {
    if (document.visibilityState === 'visible') refresh()
  }, 60_000)
}
if (page === 'status') {
  for (const figure of document.querySelectorAll('[data-chart="age"]')) drawAge(figure)
}
