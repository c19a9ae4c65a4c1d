"""Blankets, cushions, lamps, candles and the gift card."""

from .brush import BRASS, GLOW, INK, WOOD, Brush, lightness, mix
from .scenes import plain, room, shadow


def _fringe(b: Brush, left: int, right: int, y: int) -> None:
    b.line("".join(f"M{x} {y}v17" for x in range(left, right, 12)), b.light, 4)


def blanket(b: Brush, shape: str) -> None:
    room(b)
    accent = mix(b.base, b.rng.choice(("#f3e3c3", "#7d3f3a", "#35506b")), 0.6)
    if shape == "folded":
        shadow(b, 200, 340, 142)
        for y, tone in ((284, b.dark), (228, b.base), (172, b.light)):
            b.rect(72, y, 256, 54, tone, 24)
            b.line(f"M96 {y + 27}H296", mix(tone, INK, 0.14), 3)
        b.path("M118 172H176V338H118Z", accent)
        b.line("M130 174V336M164 174V336", b.base, 5)
        _fringe(b, 254, 318, 224)
        _fringe(b, 254, 318, 280)
    elif shape == "draped":
        b.rect(52, 176, 296, 152, mix(b.wall, "#5d4a3d", 0.5), 30)
        b.rect(36, 238, 328, 84, mix(b.wall, "#5d4a3d", 0.65), 24)
        b.line("M70 322V344M330 322V344", WOOD, 13)
        b.path("M118 160Q190 146 268 160L290 306Q200 328 104 306Z", b.base)
        b.path("M222 152L268 160L290 306Q264 314 236 316Z", b.dark)
        for y in (190, 226, 262):
            b.line(f"M{118 - (y - 160) // 11} {y}Q196 {y + 18} {268 + (y - 160) // 7} {y}", accent, 8)
        b.line("".join(f"M{x} {310 + 8 - abs(x - 198) // 14}v18" for x in range(112, 290, 13)), b.light, 4)
    else:
        shadow(b, 204, 338, 140)
        b.rect(82, 190, 248, 148, b.base, 60)
        b.rect(82, 280, 248, 58, b.dark, 29)
        b.line("M150 194V334M262 194V334M206 194V334", accent, 9)
        b.line("M142 220H320M142 258H320M142 296H320", accent, 4)
        b.oval(106, 264, 46, 74, b.light)
        b.line("M106 264q2-14 14-8q10 14-2 28q-18 12-28-12q-4-36 20-46q24 0 28 38", b.dark, 5)
        b.line("M178 192Q178 116 234 116T290 192", WOOD, 11)
        b.line("M178 190V336M290 190V336", WOOD, 11)


def cushion(b: Brush, shape: str) -> None:
    room(b)
    shadow(b, 200, 336, 128)
    trim = b.light if lightness(b.base) < 0.6 else b.dark
    if shape == "round":
        b.oval(200, 216, 128, 120, b.base)
        b.path("M262 111A128 120 0 0 1 200 336Q300 220 262 111Z", b.dark)
        for x, y in ((200, 100), (300, 150), (316, 250), (200, 330), (90, 265), (98, 156)):
            b.line(f"M200 212Q{(x + 200) // 2 + 8} {(y + 212) // 2 - 8} {x} {y}", mix(b.dark, INK, 0.12), 4)
        b.oval(200, 212, 15, 13, trim)
        return
    if shape == "long":
        b.path("M50 178Q70 192 200 182Q330 192 350 178Q336 262 350 342Q330 330 200 340Q70 330 50 342Q64 262 50 178Z", b.base)
        b.path("M350 178Q336 262 350 342Q330 330 200 340Q320 310 300 187Q338 188 350 178Z", b.dark)
        b.line("M98 190V332M116 189V334M284 188V334M302 190V332", trim, 6)
        b.band(140, 226, 120, 70)
        return
    b.path("M78 98Q200 124 322 98Q298 216 322 334Q200 312 78 334Q102 216 78 98Z", b.base)
    b.path("M322 98Q298 216 322 334Q260 322 200 322Q290 240 240 112Q284 108 322 98Z", b.dark)
    match b.rng.choice(("check", "leaf", "moon", "bands")):
        case "check":
            b.line("M150 112V324M200 116V322M250 112V324M92 166H308M96 216H304M92 266H308", trim, 6)
        case "leaf":
            b.line("M200 302V146M200 270Q150 262 144 214M200 270Q250 262 256 214M200 222Q160 214 156 172M200 222Q240 214 244 172", trim, 8)
        case "moon":
            b.path("M224 150A70 70 0 1 0 224 286A86 86 0 0 1 224 150Z", trim)
        case "bands":
            b.line("M94 170H306M96 262H304", trim, 17)
            b.line("M97 216H303", trim, 6)


def lamp(b: Brush, shape: str) -> None:
    room(b)
    glow = mix(b.wall, GLOW, 0.6)
    if shape == "table":
        shadow(b, 200, 338, 74)
        b.path("M132 196H268L310 310H90Z", glow)
        b.path("M150 254Q150 220 200 220T250 254Q262 320 228 338H172Q138 320 150 254Z", b.base)
        b.path("M200 220Q250 220 250 254Q262 320 228 338H204Q240 280 200 220Z", b.dark)
        b.rect(190, 190, 20, 34, BRASS)
        b.path("M152 74H248L288 196H112Z", "#fbf0d6")
        b.path("M218 74H248L288 196H232Z", "#ecd9b0")
        b.line("M152 74H248M112 196H288", mix(b.base, "#ffffff", 0.2), 6)
    elif shape == "desk":
        shadow(b, 170, 338, 84)
        b.path("M232 150L366 310H150Z", glow)
        b.line("M166 326L112 208L228 112", b.base, 12)
        b.oval(112, 208, 14, 14, BRASS)
        b.oval(228, 112, 12, 12, BRASS)
        b.path("M204 108L260 76Q304 106 296 166L206 186Q186 140 204 108Z", b.base)
        b.path("M260 76Q304 106 296 166L250 176Q282 120 260 76Z", b.dark)
        b.path("M206 186L296 166Q272 204 206 186Z", GLOW)
        b.path("M106 338Q106 312 166 312T226 338Z", b.dark)
    elif shape == "pendant":
        b.path("M104 214H296L344 310H56Z", glow)
        b.line("M200 0V86", INK, 5)
        b.rect(184, 80, 32, 24, BRASS, 5)
        if b.rng.random() < 0.5:
            b.path("M88 216Q92 100 200 100T312 216Z", b.base)
            b.path("M200 100Q312 100 312 216H244Q250 130 200 100Z", b.dark)
        else:
            b.path("M168 100H232L320 200L312 216H88L80 200Z", b.base)
            b.path("M206 100H232L320 200L312 216H246Z", b.dark)
        b.oval(200, 216, 112, 15, GLOW)
        b.oval(200, 222, 26, 20, "#fffbe9")
        b.oval(140, 336, 58, 9, "#f4efe4")
        b.path("M236 300H284L276 338H244Z", "#f4efe4")
    else:
        b.rect(0, 350, 400, 50, mix(b.wall, "#6b4a33", 0.5))
        b.path("M140 152H282L318 352H104Z", mix(b.wall, GLOW, 0.28))
        b.line("M210 150V352M210 262L160 354M210 262L262 354", WOOD, 8)
        b.path("M166 42H256L296 152H126Z", b.base)
        b.path("M226 42H256L296 152H240Z", b.dark)
        b.oval(211, 152, 85, 9, GLOW)
        b.line("M186 58L160 138", b.light, 5)


def candle(b: Brush, shape: str) -> None:
    room(b)
    halo, flame = mix(b.wall, GLOW, 0.5), "M{0} {1}q-24-30 0-68q24 38 0 68Z"
    heart = "M{0} {1}q-10-16 0-34q10 18 0 34Z"
    if shape == "tapers":
        shadow(b, 200, 338, 128)
        for x, top in ((120, 148), (200, 108), (280, 138)):
            b.oval(x, top - 30, 40, 46, halo)
            b.rect(x - 12, top, 24, 320 - top, b.base, 8)
            b.rect(x + 2, top, 10, 320 - top, b.dark, 5)
            b.path(flame.format(x, top - 4), "#f0a03c")
            b.path(heart.format(x, top - 4), GLOW)
            b.path(f"M{x - 22} 286h44l-8 34h18v18h-64v-18h18Z", BRASS)
        return
    shadow(b, 200, 338, 92)
    top = 178 if shape == "jar" else b.rng.choice((150, 176))
    b.oval(200, top - 40, 78, 84, halo)
    b.line(f"M200 {top + 14}V{top - 14}", INK, 4)
    b.path(flame.format(200, top - 8), "#f0a03c")
    b.path(heart.format(200, top - 8), GLOW)
    if shape == "jar":
        b.path("M112 186H288V312Q288 338 262 338H138Q112 338 112 312Z", b.base)
        b.path("M246 186H288V312Q288 338 262 338H218Q246 330 246 300Z", b.dark)
        b.oval(200, 186, 88, 17, b.light)
        b.oval(200, 189, 76, 12, "#fbf1dc")
        b.line("M200 190V166", INK, 4)
        b.rect(140, 232, 96, 68, "#fbf6ea", 5)
        b.line("M158 252H218M168 268H208M176 284H200", mix(b.dark, INK, 0.3), 4)
        return
    b.path(f"M128 {top}H272V328Q272 338 262 338H138Q128 338 128 328Z", b.base)
    b.path(f"M232 {top}H272V328Q272 338 262 338H214Q232 330 232 310Z", b.dark)
    b.oval(200, top, 72, 14, b.light)
    b.path(f"M142 {top + 8}q14 2 14 34q0 14-8 14t-8-14Z", b.light)
    b.line(f"M200 {top}V{top - 14}", INK, 4)


def gift_card(b: Brush, shape: str) -> None:
    plain(b)
    b.turn(-9)
    b.rect(62, 118, 284, 180, mix(b.wall, "#2a2f36", 0.4), 18)
    b.rect(56, 110, 284, 180, b.base, 18)
    b.path("M56 236L130 176L190 226L262 158L340 232V272Q340 290 322 290H74Q56 290 56 272Z", b.dark)
    b.oval(108, 156, 20, 20, GLOW)
    b.rect(268, 110, 22, 180, "#f3e3c3")
    b.path("M279 168Q236 128 232 164T279 168Q322 128 326 164T279 168Z", "#d8654a")
    b.done()
