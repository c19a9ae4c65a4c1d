"""Backpacks, boots, jackets and bottles: what is worn and carried."""

from .brush import BRASS, INK, METAL, Brush, mix
from .scenes import hillside, plain, shadow


def backpack(b: Brush, shape: str) -> None:
    plain(b)
    shadow(b, 200, 348, 104)
    if shape == "trek":
        b.line("M124 150Q84 200 118 300M276 150Q316 200 282 300", b.dark, 16)
        b.rect(122, 104, 156, 240, b.base, 34)
        b.path("M222 104H244Q278 104 278 138V310Q278 344 244 344H222Z", b.dark)
        b.path("M112 132Q112 56 200 56T288 132Q200 152 112 132Z", b.light)
        b.rect(146, 228, 108, 96, b.light, 20)
        b.line("M162 250H238", b.dark, 5)
        b.line("M160 134V206M240 134V206", INK, 6)
        b.rect(152, 176, 17, 20, BRASS, 3)
        b.rect(232, 176, 17, 20, BRASS, 3)
        b.rect(96, 250, 34, 84, b.dark, 12)
        b.rect(270, 250, 34, 84, b.dark, 12)
        b.line("M176 57Q200 28 224 57", INK, 7)
    elif shape == "day":
        b.line("M134 150Q92 220 132 320M266 150Q308 220 268 320", b.dark, 15)
        b.path("M118 180Q118 74 200 74T282 180V310Q282 344 248 344H152Q118 344 118 310Z", b.base)
        b.path("M200 74Q282 74 282 180V310Q282 344 248 344H226Q262 200 200 74Z", b.dark)
        b.line("M140 176Q140 100 200 100T260 176", b.light, 5)
        b.rect(142, 212, 116, 104, b.light, 24)
        b.line("M152 238H248", INK, 5)
        b.line("M240 238v16", BRASS, 6)
        b.path("M200 128l24 24l-24 24l-24-24Z", mix(b.base, "#f3d9a5", 0.6))
        b.line("M178 76Q200 40 222 76", INK, 8)
    else:
        b.line("M128 170Q88 230 124 318M272 170Q312 230 276 318", b.dark, 15)
        b.rect(120, 126, 160, 218, b.base, 18)
        b.rect(222, 126, 58, 218, b.dark, 18)
        b.path("M124 74H276L284 140H116Z", b.light)
        b.rect(116, 66, 168, 26, b.dark, 13)
        b.line("M200 92V258", INK, 9)
        b.rect(187, 196, 26, 34, BRASS, 5)
        b.rect(138, 262, 124, 62, b.light, 10)
        b.line("M152 280H248", b.dark, 4)


def boot(b: Brush, shape: str) -> None:
    hillside(b)
    shadow(b, 206, 326, 138)
    sole = mix(INK, b.dark, 0.25)
    if shape == "hike":
        b.path("M122 92H222L226 190Q240 222 300 236Q340 248 340 300H108Q102 200 122 92Z", b.base)
        b.path("M122 92H166Q140 200 150 300H108Q102 200 122 92Z", b.dark)
        b.path("M262 226Q340 240 340 300H262Q236 262 262 226Z", b.dark)
        b.rect(114, 78, 114, 30, b.light, 14)
        b.line("M180 132L228 126M180 162L230 158M190 192L240 190M212 220L258 208", mix("#f3d9a5", b.light, 0.3), 6)
        b.path("M100 296H344Q350 326 330 328H112Q98 326 100 296Z", sole)
        b.line("M118 330h18M154 330h18M190 330h18M226 330h18M262 330h18M298 330h18", sole, 10)
    elif shape == "trail":
        b.path("M92 196Q106 178 128 200Q150 218 188 186L214 170Q242 220 310 240Q348 252 348 300H84Q78 240 92 196Z", b.base)
        b.path("M92 196Q106 178 128 200Q136 260 176 300H84Q78 240 92 196Z", b.dark)
        b.path("M286 232Q348 248 348 300H296Q270 262 286 232Z", b.light)
        b.line("M196 300Q206 240 172 212M240 300Q246 250 208 190", b.light, 8)
        b.line("M190 196L226 182M206 218L246 204M226 238L268 224", "#ffffff", 5)
        b.path("M78 290H352Q356 314 336 318H96Q74 314 78 290Z", mix("#ffffff", b.base, 0.12))
        b.path("M80 308H350Q346 328 326 328H104Q84 328 80 308Z", sole)
    elif shape == "chelsea":
        b.path("M130 96H232Q226 160 236 204Q252 228 306 240Q342 252 342 306H120Q112 200 130 96Z", b.base)
        b.path("M130 96H158Q138 200 152 306H120Q112 200 130 96Z", b.dark)
        b.path("M166 97H208Q212 160 186 204Q166 160 166 97Z", INK)
        b.line("M176 106V150M187 106V176M198 106V150", mix(INK, "#ffffff", 0.25), 2)
        b.line("M138 96V76", b.dark, 9)
        b.line("M256 240Q300 246 318 276", b.light, 5)
        b.path("M116 300H344V318H196L190 330H114Z", sole)
    else:
        b.path("M124 62H226V212Q244 232 300 240Q338 250 338 302H116Q112 200 124 62Z", b.base)
        b.path("M124 62H158Q144 200 152 302H116Q112 200 124 62Z", b.dark)
        b.rect(120, 56, 110, 24, b.light, 8)
        b.line("M212 100V196", b.light, 8)
        b.line("M150 226Q180 240 228 226", b.dark, 5)
        b.path("M268 240Q338 246 338 302H276Q256 266 268 240Z", b.dark)
        b.path("M108 296H342Q348 326 330 328H202L196 318L190 328H116Q104 326 108 296Z", sole)


def rain_jacket(b: Brush, shape: str) -> None:
    plain(b)
    inner = mix(b.dark, "#15181d", 0.4)
    if shape == "poncho":
        b.path("M200 92Q250 96 330 300Q200 372 70 300Q150 96 200 92Z", b.base)
        b.path("M200 92Q250 96 330 300Q268 334 212 338Q236 220 200 92Z", b.dark)
        b.path("M150 118Q152 48 200 48T250 118Q200 158 150 118Z", b.light)
        b.oval(200, 106, 32, 28, inner)
        b.line("M200 150V200", METAL, 5)
        b.path("M158 220H242V262Q200 282 158 262Z", b.light)
        b.line("M84 300Q200 358 316 300", b.light, 4)
        return
    hem = 352 if shape == "parka" else 312
    b.path(f"M132 112Q92 124 84 160L56 282L100 296L130 210Z", b.dark)
    b.path(f"M268 112Q308 124 316 160L344 282L300 296L270 210Z", b.dark)
    b.path("M58 272L54 288L98 302L103 286ZM342 272L346 288L302 302L297 286Z", b.light)
    b.path(f"M130 114Q200 92 270 114L284 {hem}Q200 {hem + 16} 116 {hem}Z", b.base)
    b.path(f"M200 108H248L270 114L284 {hem}Q240 {hem + 8} 200 {hem + 8}Z", mix(b.base, b.dark, 0.5))
    b.path("M142 122Q140 40 200 40T258 122Q200 160 142 122Z", b.light)
    b.path("M164 116Q164 66 200 66T236 116Q200 138 164 116Z", inner)
    b.line(f"M200 134V{hem + 4}", METAL, 5)
    b.line("M182 136V166M218 136V166", "#ffffff", 3)
    if shape == "parka":
        b.path("M128 250H182V296H126ZM218 250H272L274 296H218Z", b.dark)
        b.line("M126 252H182M218 252H274", b.light, 6)
        b.line("M124 222H276", b.dark, 5)
        b.line("M200 180h.1M200 214h.1M200 280h.1M200 316h.1", BRASS, 11)
    else:
        b.line("M150 236L138 280M250 236L262 280", INK, 5)
        b.path("M224 178h30v16h-30Z", b.light)
        b.line(f"M120 {hem - 10}Q200 {hem + 6} 280 {hem - 10}", b.dark, 5)


def bottle(b: Brush, shape: str) -> None:
    plain(b)
    shadow(b, 200, 350, 66)
    if shape == "bottle":
        b.path("M148 190Q148 146 176 128V104H224V128Q252 146 252 190V328Q252 348 230 348H170Q148 348 148 328Z", b.base)
        b.path("M224 104V128Q252 146 252 190V328Q252 348 230 348H206V104Z", b.dark)
        b.band(148, 226, 104, 70)
        b.rect(168, 66, 64, 42, INK, 10)
        b.line("M184 66Q200 30 216 66", INK, 8)
        b.line("M164 190V310", b.light, 7)
    elif shape == "flask":
        b.rect(146, 118, 108, 230, b.base, 18)
        b.rect(212, 118, 42, 230, b.dark, 18)
        b.rect(146, 312, 108, 36, METAL, 14)
        b.rect(150, 112, 100, 18, METAL, 4)
        b.path("M156 112V66Q156 50 172 50H228Q244 50 244 66V112Z", METAL)
        b.path("M220 50H228Q244 50 244 66V112H220Z", mix(METAL, INK, 0.25))
        b.band(146, 180, 108, 80)
        b.line("M254 160Q296 160 296 215T254 270", INK, 11)
    elif shape == "soft":
        b.path("M156 150Q200 122 244 150Q272 240 248 338Q200 358 152 338Q128 240 156 150Z", mix(b.light, "#ffffff", 0.35))
        b.path("M142 232Q200 214 258 232Q262 290 248 338Q200 358 152 338Q138 290 142 232Z", b.base)
        b.rect(172, 106, 56, 36, b.dark, 8)
        b.path("M182 106Q182 60 200 60T218 106Z", b.light)
        b.line("M168 262h26M168 288h20M168 314h26", "#ffffff", 4)
        b.line("M232 180Q248 240 236 310", b.light, 6)
    else:
        b.rect(140, 150, 120, 198, b.base, 30)
        b.path("M136 168V128Q136 104 162 104H238Q264 104 264 128V168Z", b.dark)
        b.line("M212 104V76Q214 56 240 58", mix("#ffffff", b.light, 0.3), 13)
        b.line("M160 104Q132 70 168 62", b.dark, 9)
        face = mix(b.base, "#fff6e0", 0.8)
        b.oval(200, 252, 44, 40, face)
        b.path("M162 230L166 196L190 214ZM238 230L234 196L210 214Z", face)
        b.line("M184 246h.1M216 246h.1", INK, 9)
        b.path("M192 262h16l-8 10Z", "#c96a50")
