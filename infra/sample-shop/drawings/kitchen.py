"""Mugs, kettles, coffee makers and pans."""

from .brush import BRASS, INK, METAL, WOOD, Brush, mix
from .scenes import room, shadow

COFFEE, GLASS = "#5a3a2a", "#dfe9ec"


def _steam(b: Brush, x: float, y: float) -> None:
    b.line(f"M{x - 22} {y}q-14-20 0-38t0-34M{x + 22} {y}q-14-20 0-38t0-34", mix(b.wall, "#ffffff", 0.7), 6)


def mug(b: Brush, shape: str) -> None:
    room(b)
    shadow(b, 205, 338, 96)
    if shape == "round":
        _steam(b, 190, 132)
        b.line("M262 190Q330 184 326 242T250 296", b.dark, 19)
        b.path("M108 156H272V286Q272 338 220 338H160Q108 338 108 286Z", b.base)
        b.path("M232 156H272V286Q272 338 220 338H192Q232 320 232 286Z", b.dark)
        b.band(108, 210, 164, 60)
        b.oval(190, 156, 82, 17, b.light)
        b.oval(190, 158, 70, 12, COFFEE)
    elif shape == "enamel":
        rim = mix(b.dark, INK, 0.4)
        b.line("M272 186H318Q330 186 328 202L318 262Q314 280 298 280H266", b.base, 14)
        b.path("M110 150H278L268 322Q266 338 250 338H138Q122 338 120 322Z", b.base)
        b.path("M240 150H278L268 322Q266 338 250 338H214Q236 330 238 300Z", b.dark)
        b.band(116, 214, 156, 60)
        b.oval(194, 150, 84, 16, mix(b.light, "#ffffff", 0.5))
        b.line("M110 150Q112 166 194 166T278 150", rim, 6)
        b.line("M142 180l6 .5M232 296l5 4M138 306l4 3", rim, 7)
    elif shape == "travel":
        b.path("M140 112H260L246 326Q244 340 230 340H170Q156 340 154 326Z", b.base)
        b.path("M222 112H260L246 326Q244 340 230 340H206Z", b.dark)
        b.path("M145 190H255L250 268H150Z", mix(b.base, INK, 0.55))
        b.rect(132, 84, 136, 32, INK, 10)
        b.rect(150, 66, 100, 22, INK, 8)
        b.rect(206, 60, 32, 12, METAL, 5)
        b.line("M160 130L168 310", b.light, 6)
    else:
        _steam(b, 196, 190)
        b.oval(200, 330, 118, 16, b.light)
        b.oval(200, 326, 96, 10, b.dark)
        b.line("M246 240Q294 236 288 268T236 296", b.dark, 13)
        b.path("M134 216H258Q258 326 216 326H176Q134 326 134 216Z", b.base)
        b.path("M228 216H258Q258 326 216 326H196Q228 300 228 216Z", b.dark)
        b.oval(196, 216, 62, 13, b.light)
        b.oval(196, 218, 52, 9, COFFEE)


def kettle(b: Brush, shape: str) -> None:
    room(b)
    shadow(b, 200, 338, 116)
    if shape == "round":
        _steam(b, 330, 150)
        b.line("M128 190Q124 84 200 84T272 190", INK, 13)
        b.line("M158 96Q200 76 242 96", WOOD, 19)
        b.path("M270 226L326 176L344 186L284 292Z", b.dark)
        b.path("M96 300Q92 178 200 178T304 300Q304 338 270 338H130Q96 338 96 300Z", b.base)
        b.path("M200 178Q304 178 304 300Q304 338 270 338H226Q280 250 200 178Z", b.dark)
        b.oval(200, 184, 54, 13, b.light)
        b.oval(200, 168, 14, 12, WOOD)
        b.line("M118 290Q118 222 164 204", b.light, 8)
    elif shape == "goose":
        b.line("M272 190Q338 176 334 232T286 306", INK, 16)
        b.line("M138 308Q76 304 88 226T54 152", b.dark, 13)
        b.path("M150 176H256L288 320Q290 338 272 338H134Q116 338 120 320Z", b.base)
        b.path("M226 176H256L288 320Q290 338 272 338H224Q256 270 226 176Z", b.dark)
        b.rect(144, 162, 118, 22, b.light, 9)
        b.line("M203 160V140", INK, 8)
        b.oval(203, 136, 18, 11, WOOD)
        b.line("M160 206L142 306", b.light, 7)
    else:
        b.line("M110 220Q106 96 200 96T290 220", METAL, 8)
        b.path("M288 230L346 198L356 212L300 278Z", b.dark)
        b.path("M104 218H296L306 312Q306 338 280 338H120Q94 338 94 312Z", b.base)
        b.path("M244 218H296L306 312Q306 338 280 338H240Q262 290 244 218Z", b.dark)
        b.path("M112 218Q120 186 200 186T288 218Z", b.light)
        b.oval(200, 182, 20, 12, INK)
        b.band(98, 250, 204, 54)
        b.line("M98 320H302", mix(b.dark, INK, 0.4), 6)


def coffee_maker(b: Brush, shape: str) -> None:
    room(b)
    shadow(b, 200, 338, 92)
    if shape == "moka":
        _steam(b, 200, 84)
        b.line("M262 138H312L296 236", INK, 17)
        b.path("M140 120H264L250 226H152Z", b.base)
        b.path("M216 120H264L250 226H222Z", b.dark)
        b.path("M142 120L112 134L144 162Z", b.dark)
        b.path("M140 120L200 96L264 120Z", b.light)
        b.oval(200, 96, 11, 11, INK)
        b.rect(144, 224, 112, 22, METAL, 4)
        b.path("M150 246H250L274 338H126Z", b.base)
        b.path("M218 246H250L274 338H230Z", b.dark)
        b.line("M178 124L184 222M182 250L172 334", b.light, 5)
        b.oval(196, 290, 9, 9, BRASS)
    elif shape == "press":
        b.line("M268 172H318V296H268", b.base, 14)
        b.rect(132, 130, 136, 200, GLASS, 10)
        b.path("M132 210H268V320Q268 330 258 330H142Q132 330 132 320Z", COFFEE)
        b.line("M200 70V204", METAL, 6)
        b.rect(138, 198, 124, 14, METAL, 5)
        b.path("M126 136Q130 104 200 104T274 136Z", b.base)
        b.path("M132 140L108 130L132 166Z", GLASS)
        b.oval(200, 66, 20, 18, b.dark)
        b.path("M128 312H272V338H128ZM128 172H272V184H128Z", b.base)
        b.rect(236, 172, 16, 166, b.dark)
        b.line("M150 196V300", "#ffffff", 6)
    elif shape == "drip":
        b.path("M152 216H248L282 312Q284 338 258 338H142Q116 338 118 312Z", GLASS)
        b.path("M134 270H266L280 312Q282 334 258 334H142Q118 334 120 312Z", COFFEE)
        b.line("M200 210V268", COFFEE, 5)
        b.rect(140, 196, 120, 22, WOOD, 8)
        b.path("M116 92H284L230 198H170Z", b.base)
        b.path("M236 92H284L230 198H210Z", b.dark)
        b.path("M124 92L148 70H252L276 92Z", "#f7efdf")
        b.line("M284 108Q326 108 318 142T256 160", b.dark, 12)
        b.line("M150 110L184 182M186 110L194 182", b.light, 5)
        b.line("M150 236L136 300", "#ffffff", 6)
    else:
        b.line("M200 96H300", METAL, 11)
        b.line("M300 96V70", METAL, 8)
        b.oval(300, 58, 21, 24, WOOD)
        b.path("M146 132Q146 92 200 92T254 132Z", METAL)
        b.rect(140, 130, 120, 130, b.base, 10)
        b.rect(222, 130, 38, 130, b.dark, 10)
        b.rect(150, 258, 100, 80, WOOD, 12)
        b.rect(220, 258, 30, 80, mix(WOOD, INK, 0.25), 12)
        b.rect(140, 246, 120, 16, METAL, 4)
        b.line("M160 150V232", b.light, 8)
        b.band(140, 170, 120, 46)


def cookware(b: Brush, shape: str) -> None:
    room(b)
    if shape == "pan":
        b.turn(b.rng.choice((-28, -20, 12)))
        b.line("M258 200H372", b.dark, 25)
        b.line("M352 200h12", b.wall, 8)
        b.oval(166, 206, 128, 126, mix(b.wall, "#2a2f36", 0.45))
        b.oval(166, 200, 126, 124, b.base)
        b.oval(166, 200, 106, 104, b.dark)
        b.oval(166, 200, 98, 96, mix(b.dark, INK, 0.35))
        b.path("M110 196Q104 148 152 150Q186 130 214 166Q250 196 220 236Q180 262 150 244Q112 240 110 196Z", "#fdf8ec")
        b.oval(172, 198, 31, 30, "#f2b33d")
        b.oval(162, 188, 9, 8, "#fbd98a")
        b.done()
        return
    shadow(b, 200, 338, 126)
    if shape == "set":
        b.line("M262 292H362", INK, 13)
        b.line("M262 224H344", INK, 10)
        b.rect(92, 258, 206, 80, b.base, 14)
        b.rect(242, 258, 56, 80, b.dark, 14)
        b.rect(112, 192, 166, 70, b.light, 12)
        b.rect(234, 192, 44, 70, b.base, 12)
        b.rect(128, 146, 134, 48, b.base, 10)
        b.rect(226, 146, 36, 48, b.dark, 10)
        b.path("M122 146Q140 118 195 118T268 146Z", METAL)
        b.oval(195, 112, 14, 10, INK)
        b.line("M112 278V318M130 210V244M144 160V182", mix(b.light, "#ffffff", 0.4), 6)
        return
    _steam(b, 200, 122)
    b.line("M84 226H60Q48 226 48 240V252M316 226H340Q352 226 352 240V252", b.dark, 13)
    b.path("M84 202H316V290Q316 338 268 338H132Q84 338 84 290Z", b.base)
    b.path("M256 202H316V290Q316 338 268 338H216Q256 320 256 290Z", b.dark)
    b.band(84, 244, 232, 56)
    b.path("M80 198Q92 152 200 152T320 198Z", b.light)
    b.rect(74, 194, 252, 15, b.dark, 7)
    b.oval(200, 144, 22, 13, b.rng.choice((WOOD, BRASS, INK)))
