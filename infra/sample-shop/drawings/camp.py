"""Tents, bags, mats, chairs, lanterns, stoves: what stays at the camp site."""

from .brush import BRASS, GLOW, INK, METAL, WOOD, Brush, mix
from .scenes import hillside, plain, shadow


def tent(b: Brush, shape: str) -> None:
    hillside(b)
    shadow(b, 200, 322, 165, 14)
    inside = mix(b.dark, "#15181d", 0.5)
    if shape == "dome":
        b.line("M92 235L38 322M308 235L362 322", METAL, 2)
        b.path("M55 322Q95 148 200 132Q305 148 345 322Z", b.base)
        b.path("M200 132Q305 148 345 322H262Q262 205 200 132Z", b.dark)
        b.path("M200 152Q140 235 132 322H252Q250 222 200 152Z", inside)
        b.path("M200 152Q140 235 132 322H172Q170 235 200 152Z", b.light)
        b.line("M200 132Q138 215 126 322M200 132Q262 215 262 322", b.light, 3)
    elif shape == "tunnel":
        b.line("M330 205L382 322M80 240L22 322", METAL, 2)
        b.path("M45 322Q45 178 125 170H285Q352 182 360 322Z", b.base)
        b.path("M220 322Q222 185 285 170Q352 182 360 322Z", b.dark)
        b.path("M62 322Q66 205 118 196Q170 210 170 322Z", inside)
        b.path("M62 322Q66 205 118 196Q108 250 100 322Z", b.light)
        b.line("M45 322Q45 178 125 170Q188 190 190 322M220 322Q222 185 285 170", b.light, 4)
        b.path("M245 240q35-12 62 2v26q-30-8-62 0Z", b.light)
    elif shape == "ridge":
        b.path("M150 130L285 142L372 322H232Z", b.dark)
        b.path("M150 130L232 322H30Z", b.base)
        b.path("M142 170L190 322H92Z", inside)
        b.path("M142 170L122 322H80Z", b.light)
        b.path("M262 210h44l22 50h-46Z", b.light)
        b.line("M150 130L285 142", b.light, 5)
        b.line("M285 142L392 300", METAL, 2)
    else:
        b.path("M60 245H340V322H60Z", b.light)
        b.path("M200 88L362 248H38Z", b.base)
        b.path("M200 88L362 248H262Z", b.dark)
        for x in range(38, 362, 54):
            b.path(f"M{x} 246q27 26 54 0Z", b.dark if x > 240 else b.base)
        b.path("M200 150L248 322H152Z", inside)
        b.path("M200 150L176 322H138Z", b.light)
        b.line("M200 88V70", WOOD, 6)
        b.path("M200 66l30 9l-30 9Z", BRASS)


def sleeping_bag(b: Brush, shape: str) -> None:
    plain(b)
    b.turn(b.rng.choice((-16, -12, 12, 16)))
    lining = mix(b.base, "#ffe9c4", 0.65)
    if shape == "mummy":
        b.path("M200 48C262 48 292 96 284 158C276 240 252 300 242 348Q200 366 158 348C148 300 124 240 116 158C108 96 138 48 200 48Z", b.base)
        b.path("M200 48C262 48 292 96 284 158C276 240 252 300 242 348Q226 355 212 356C240 250 250 140 200 48Z", b.dark)
        b.line("M117 165Q200 190 283 165M124 208Q200 232 276 208M134 250Q200 272 266 250M143 290Q200 310 256 290M151 324Q200 340 249 324", b.light, 3)
        b.oval(200, 104, 52, 40, lining)
        b.oval(200, 110, 37, 27, b.dark)
        b.line("M226 140Q244 200 232 268", METAL, 4)
    else:
        b.rect(108, 62, 184, 284, b.base, 26)
        b.rect(200, 62, 92, 284, b.dark, 26)
        b.path("M108 165V88Q108 62 134 62H266Q292 62 292 88V112Q200 108 150 165Z", lining)
        b.rect(140, 72, 120, 34, mix(lining, "#ffffff", 0.5), 14)
        b.line("M112 205H288M112 245H288M112 285H288M114 320H286", b.light, 3)
        b.line("M150 165Q200 108 290 112", METAL, 4)
    b.done()


def sleeping_mat(b: Brush, shape: str) -> None:
    plain(b)
    if shape == "tubes":
        b.turn(b.rng.choice((-24, -18, 18, 24)))
        b.rect(120, 44, 172, 320, mix(b.wall, "#2a2f36", 0.4), 34)
        b.rect(112, 38, 172, 320, b.base, 34)
        for x in (130, 164, 198, 232):
            b.rect(x, 96, 26, 242, b.light if x in (164, 198) else mix(b.base, b.light, 0.5), 13)
        b.rect(130, 54, 136, 32, b.light, 16)
        b.oval(270, 54, 9, 9, INK)
        b.done()
        return
    shadow(b, 205, 292, 140)
    b.path("M130 150H300Q340 160 340 220T300 290H130Z", b.base)
    b.path("M130 245H334Q324 290 300 290H130Z", b.dark)
    b.oval(130, 220, 58, 70, b.light)
    b.line("M130 220q0-16 14-14q18 6 12 26q-10 24-36 16q-26-14-18-46q12-34 46-28", b.dark, 5)
    b.line("M216 151Q236 220 216 289M276 151Q296 220 276 289", INK, 9)
    b.rect(219, 206, 18, 26, BRASS, 4)


def camp_chair(b: Brush, shape: str) -> None:
    hillside(b)
    shadow(b, 200, 332, 120)
    if shape == "wood":
        b.line("M120 330L268 190M272 330L132 205", WOOD, 13)
        b.line("M132 205L112 84M268 190L290 84", WOOD, 12)
        b.path("M108 90Q200 118 294 90L280 178Q200 200 122 178Z", b.base)
        b.path("M122 205Q200 250 280 196L290 226Q200 286 118 236Z", b.dark)
        b.line("M112 98Q200 126 290 98", b.light, 4)
        b.oval(197, 258, 9, 9, BRASS)
        return
    low = shape == "low"
    top = 130 if low else 78
    seat = 250 if low else 222
    b.line(f"M118 330L278 {seat}M282 330L122 {seat}", INK, 8)
    b.line(f"M128 330L118 {top + 14}M272 330L282 {top + 14}", mix(INK, "#ffffff", 0.25), 8)
    b.path(f"M112 {top}Q200 {top + 26} 288 {top}L276 {seat}H124Z", b.base)
    b.path(f"M124 {seat - 12}H276L300 {seat + 28}Q200 {seat + 52} 100 {seat + 28}Z", b.dark)
    b.line(f"M122 {top + 26}Q200 {top + 48} 278 {top + 26}", b.light, 5)
    if low:
        b.path(f"M160 {top + 52}h80l-6 34h-68Z", b.dark)
        return
    b.line(f"M88 {seat - 40}H134M266 {seat - 40}H312", b.light, 15)
    b.line(f"M92 {seat - 32}L104 {seat + 28}M308 {seat - 32}L296 {seat + 28}", INK, 6)
    b.oval(299, seat - 42, 13, 5, INK)


def lantern(b: Brush, shape: str) -> None:
    hillside(b)
    b.oval(200, 200, 132, 132, mix(b.wall, GLOW, 0.5))
    shadow(b, 200, 328, 84)
    if shape == "storm":
        b.line("M140 262V150Q140 62 200 62T260 150V262", b.dark, 9)
        b.path("M158 130Q140 195 162 250H238Q260 195 242 130Z", "#fff4d6")
        b.path("M200 170Q224 208 200 238Q176 208 200 170Z", "#f0a03c")
        b.path("M200 195Q210 216 200 234Q190 216 200 195Z", GLOW)
        b.line("M152 196H248", b.dark, 3)
        b.path("M170 104H230L246 132H154Z", b.base)
        b.rect(180, 86, 40, 20, b.dark, 4)
        b.path("M150 250H250L262 280H138Z", b.base)
        b.rect(130, 278, 140, 50, b.base, 10)
        b.rect(130, 306, 140, 22, b.dark, 10)
        b.oval(252, 292, 9, 9, BRASS)
    elif shape == "tube":
        b.line("M158 122Q158 58 200 58T242 122", INK, 7)
        b.rect(146, 112, 108, 38, b.base, 14)
        b.rect(152, 148, 96, 124, "#fff6dc", 6)
        b.rect(172, 148, 56, 124, GLOW, 6)
        b.line("M152 180H248M152 210H248M152 240H248", mix(GLOW, "#d9a441", 0.5), 2)
        b.rect(140, 268, 120, 60, b.base, 14)
        b.rect(140, 304, 120, 24, b.dark, 12)
        b.oval(200, 290, 11, 11, b.light)
    else:
        b.line("M200 118V62M172 74Q200 40 228 74", INK, 6)
        b.path("M120 228Q120 132 200 132T280 228Q280 300 200 300T120 228Z", "#fff6dc")
        b.path("M150 228Q150 140 200 132Q250 140 250 228Q250 296 200 300Q150 296 150 228Z", GLOW)
        b.line("M126 196Q200 214 274 196M121 230Q200 250 279 230M130 264Q200 282 270 264", mix(GLOW, "#d9a441", 0.45), 3)
        b.path("M156 146Q160 112 200 112T244 146Q200 160 156 146Z", b.base)
        b.path("M146 282Q200 304 254 282L246 326H154Z", b.base)
        b.path("M150 304Q200 320 250 304L246 326H154Z", b.dark)


def stove(b: Brush, shape: str) -> None:
    hillside(b)
    flame = "M{0} {1}q-16-22 0-44q16 22 0 44Z"
    if shape == "burner":
        shadow(b, 200, 330, 86)
        b.path("M128 252Q128 226 200 226T272 252V312Q272 330 200 330T128 312Z", b.base)
        b.path("M200 226Q272 226 272 252V312Q272 330 200 330Q236 280 200 226Z", b.dark)
        b.rect(128, 266, 144, 26, b.light)
        b.rect(186, 176, 28, 56, METAL, 6)
        b.line("M214 204H262", INK, 6)
        b.oval(266, 204, 12, 12, "#c14b35")
        b.line("M200 182L126 128V112M200 182L274 128V112M200 176V112", INK, 7)
        for x in (168, 200, 232):
            b.path(flame.format(x, 152), "#6fb3e0")
        b.rect(160, 152, 80, 20, METAL, 8)
    elif shape == "double":
        shadow(b, 200, 322, 160)
        b.path("M62 116H338L346 236H54Z", b.dark)
        b.path("M78 130H322L327 222H73Z", b.base)
        b.rect(44, 232, 312, 84, b.base, 12)
        b.rect(44, 292, 312, 24, b.dark, 10)
        for x in (125, 275):
            b.path(flame.format(x - 22, 230) + flame.format(x + 22, 230), "#f0a03c")
            b.path(flame.format(x, 230), "#6fb3e0")
            b.oval(x, 234, 60, 9, INK)
            b.oval(x, 268, 17, 17, INK)
            b.line(f"M{x} 268V256", METAL, 4)
    else:
        shadow(b, 200, 330, 100)
        b.path("M200 168q-58-48-8-112q6 34 26 40q24-14 14-40q52 58-4 112Z", "#e9893a")
        b.path("M204 168q-30-26-4-66q8 24 22 30q8 18-8 36Z", GLOW)
        b.path("M118 162H282L304 322H96Z", b.base)
        b.path("M222 162H282L304 322H236Z", b.dark)
        b.path("M152 248Q186 214 220 248V296H150Z", INK)
        b.path("M162 290q-4-26 22-40q28 18 22 40Z", "#e9893a")
        b.line("M112 162H288", METAL, 9)
        b.line("M136 192h.1M162 192h.1M188 192h.1M214 192h.1M250 192h.1M272 192h.1", INK, 11)
