"""Words that themes are not made of, for six languages; of other languages none are known.

Written for this: lists in common packages were made for search engines and hold `order`, `problem`, `website`, `thin`
or `tempo` and `valor`, which are what customers write about (measured: `stop-words` 2025.11.4 and `stopwordsiso`
0.7.1). Words that only judge are left out, too: whether it is good is what sentiment says, themes say what is.
"""

import functools
from typing import Final

_FUNCTION: Final = {
    "en": """a about above after again against all also although always am an and another any anyone anything are
        aren around as at away be because been before being below between both but by can cannot cant come could
        couldn did didn didnt do does doesn doesnt doing don done dont down during each either else even ever
        every everyone everything few first for from further get gets getting give given go goes going gone got
        had hadn has hasn have haven having he her here hers herself him himself his how however i if im in into
        is isn it its itself ive just keep know last least less let like ll made make makes making many may
        maybe me might mine more most much must my myself need neither never next no nobody none nor not nothing
        now of off often on once one ones only or other others our ours ourselves out over own per perhaps put
        quite rather re really said same saw say says see seem seems seen several shall she should since so some
        someone something sometimes soon still such take taken than that the their theirs them themselves then
        there these they thing things think this those though thought through till to together too took toward
        tried try trying two under until up upon us use used using usually ve very via want wanted was wasn way
        we well went were weren what when where whether which while who whole whom whose why will with within
        without won would wouldn yes yet you your yours yourself actually almost already anyway besides
        definitely especially etc exactly instead later maybe mostly otherwise please plus probably simply
        somehow therefore thus today together totally truly hi hello dear lot lots bit little""",
    "nl": """aan af al alle alleen alles als alsnog altijd ander andere anders ben bent bij bijna binnen boven
        bovendien daar daarna daarom dan dat de deze die dit doe doen doet door dus echt een eens eerst
        eigenlijk elk elke en enige er erg ergens ervan even ga gaan gaat gedaan geen gegaan gehad gekregen
        gemaakt geven gewoon geworden geweest haar had hadden heb hebben hebt heeft hele helemaal hem hen het
        hier hij hoe hoewel hun ieder iedere iedereen iemand iets ik in indien is ja jaar je jij jou jouw juist
        jullie kan komen komt kon konden krijg krijgen krijgt kunnen laat laten maar maak maakt maken me meer
        meerdere men met mij mijn minder misschien moest moet moeten mogen mag na naar nadat natuurlijk nee net
        niemand niet niets nog nogal nooit nou nu of ook om omdat onder ons onze ook op opnieuw over per precies
        pas sinds soms staan staat steeds te tegen ter terwijl tijdens toch toen tot tussen twee u uit uw vaak
        van vanaf veel verder via vind vinden vindt volgens voor vooral voordat waar waarbij waarom want waren
        was wat we weer wel welke werd werden wie wij wil willen wilde word worden wordt ze zeer zeg zegt zei
        zelf zelfs zich zie zien ziet zij zijn zo zoals zodat zonder zou zouden zullen""",
    "de": """ab aber alle allem allen aller alles als also am an andere anderen anderer anderes auch auf aus
        außerdem bei beim bereits besonders bin bis bisher bist da dabei dadurch dafür dagegen daher dahin damit
        danach dann daran darauf daraus darf darin darüber das dass daß davon davor dazu dein deine dem den
        denen denn dennoch der deren des deshalb dessen die dies diese diesem diesen dieser dieses doch dort du
        durch ein eine einem einen einer eines einfach einige einigen einiges einmal er erst es etwa etwas euch
        euer eure ganz gar geben gegen gehabt geht gemacht genau gerade gewesen gibt hab habe haben hat hatte
        hatten hätte her hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja je
        jede jedem jeden jeder jedes jedoch jemand jetzt kann kannst kein keine keinem keinen keiner können
        könnte leider lassen machen macht man manche mehr mein meine meinem meinen meiner mich mir mit muss
        musste müssen nach nachdem nein nicht nichts nie niemand noch nun nur ob obwohl oder oft ohne schon sehr
        sei seid sein seine seinem seinen seiner seit selber selbst sich sie sind so sogar sollte sollen somit
        sondern sonst soweit sowie überhaupt über um und uns unser unsere unserem unseren unter viel viele
        vielleicht vom von vor war waren warum was wegen weil weiter weitere welche welchem welchen welcher
        welches wenn wer werde werden wie wieder will wir wird wirklich wo wollen wollte worden wurde wurden
        während würde würden wäre zu zum zur zwar zwei zwischen""",
    "fr": """ai aie ainsi alors après as assez au aucun aucune aujourd aussi autre autres aux avaient avait avant
        avec avez avoir avons beaucoup bien bon bref car ce ceci cela celle celles celui certains ces cet cette
        ceux chaque chez ci comme comment contre dans de depuis derrière des dès deux devant dire dit dois doit
        donc dont du elle elles en encore enfin ensuite entre es est et étaient étais était étant été être eu
        eux faire fais fait faites font il ils je jusqu jusque la là laquelle le lequel les leur leurs lors
        lorsque lui ma mais malgré me même mêmes mes mettre mis moi moins mon ne ni non nos notre nous nouveau
        on ont ou où par parce pas pendant peu peut peux plus plusieurs plutôt pour pourquoi pourtant pouvoir
        presque pu puis puisque qu quand que quel quelle quelles quelque quelques quels qui quoi rien sa sans
        sauf se sera seraient serait ses si sinon soi soit sommes son sont sous souvent suis sur ta tant te tel
        telle tellement tes toi ton toujours tous tout toute toutes très trop tu un une va vais vers veux voici
        voilà voir vont vos votre vous vraiment vu""",
    "es": """a además ahí ahora al algo alguien alguna algunas alguno algunos algún allí ambos ante antes aquel
        aquella aquí así aun aún aunque bastante bien cada casi como cómo con contra cosa cosas cual cuál cuales
        cualquier cuando cuándo cuanto cuánto da dado dar de debe deben del demás dentro desde después dice
        donde dónde dos durante e el él ella ellas ello ellos en encima entonces entre era eran eres es esa esas
        ese eso esos esta está estaba estaban estado estamos están estar estas éstas este éste esto estos estoy
        estuvo fue fuera fueron gran ha había habían haber hace hacen hacer hacia haciendo han has hasta hay
        haya he hecho hemos hizo hoy incluso ir la las le les lo los luego más mas me mejor menos mi mí mientras
        mis misma mismo mucha muchas mucho muchos muy nada nadie ni ningún ninguna ninguno no nos nosotros
        nuestra nuestro nunca o os otra otras otro otros para parece pero poco poder podía por porque pude puede
        pueden puedo pues que qué quien quién quiero sí se sé sea según ser será si sido siempre sin sino sobre
        sois solo sólo somos son soy su sus tal también tampoco tan tanto te tengo tener tenía tiene tienen toda
        todas todavía todo todos tras tu tú tus tuve un una uno unos unas usted ustedes va van varias varios
        veces ver vez voy y ya yo""",
    "pt": """a à ainda agora aí algo alguém algum alguma alguns algumas ali além ambos ante antes ao aos aonde
        apenas após aquela aquele aqueles aquilo aqui as às assim até através bastante bem cada coisa coisas com
        como comigo contra cujo da dá dado daquele daqui dar das de dela delas dele deles dentro depois desde
        dessa desse desta deste deve devem devia disse disso disto diz dizem do dois dos durante e é ela elas
        ele eles em embora enquanto então entre era eram essa essas esse esses esta está estamos estão estar
        estas estava estavam este esteja estes esteve estive estou eu faz fazem fazendo fazer feita feito fez
        ficar fica ficou fiquei fiz foi fora foram fosse fui há haja hoje houve ia inclusive ir isso isto já
        jamais la lá lhe lhes lo logo lugar mais mas me meio menos meu meus mesma mesmo mim minha minhas muita
        muitas muito muitos na nada não nao naquele nas nem nenhum nenhuma nessa nesse nesta neste ninguém no
        nos nós nossa nossas nosso nossos num numa nunca o onde os ou outra outras outro outros para parece pela
        pelas pelo pelos perante pode podem poder podia pois por porém porque pouco pouca pq pra pro próprio
        pude quais qual qualquer quando quanto quase que quê quem quer quero saber se seja sem sempre sendo
        senão ser será seria seu seus si sido sim só sobre somente somos sou sua suas sob tal talvez também
        tanta tanto tão te tem têm temos tenha tenho tento ter teria teve tinha tinham tive toda todas todavia
        todo todos tu tua tudo um uma umas uns vai vão vários veio vem vendo ver vez vezes vi vir você vocês vou
        vcs vc oi olá dia tarde boa""",
}

_JUDGING: Final = {
    "en": """absolutely amazing appalling awesome awful bad beautiful beautifully best better brilliant cool
        decent delighted disappointed disappointing enjoy enjoyed excellent exceptional extremely fabulous
        fantastic favorite favourite fine glad good gorgeous great happy hate hated highly horrible impressed
        incredibly ideal liked lovely love loved loves loving nice nicely ok okay outstanding perfect perfectly
        pleased poor pretty recommend recommended sad satisfied satisfying sadly stunning super superb terrible
        thank thanks terrific unfortunately unhappy wonderful worse worst wow""",
    "nl": """aanrader aardig bedankt beste beter blij briljant dank fantastisch fijn fijne geweldig geweldige
        goed goede hartelijk helaas jammer leuk leuke lekker mooi mooie netjes ontevreden perfect perfecte
        prachtig prettig prima raad slecht slechte slechtste super tevreden teleurgesteld teleurstellend top
        uitstekend uitstekende verschrikkelijk waardeloos zeker""",
    "de": """ausgezeichnet begeistert besser beste besten bestens danke dank empfehlen empfehlenswert empfehlung
        enttäuscht enttäuschend fantastisch furchtbar gefällt genial gerne gut gute guten guter gutes herrlich
        hervorragend klasse lieblings miserabel ok okay perfekt perfekte prima schade schlecht schlechte
        schlechter schlimm schön schöne schönes spitze super toll tolle toller tolles top unzufrieden wunderbar
        wunderschön zufrieden""",
    "fr": """adore adoré agréable aime bonne bons bonnes bravo content contente correct déçu déçue décevant
        dommage excellent excellente excellents extra fantastique formidable génial géniale heureux horrible
        impeccable joli jolie magnifique mauvais mauvaise meilleur meilleure mécontent merci nickel nul nulle ok
        parfait parfaite parfaitement pire ravi ravie recommande recommandation satisfait satisfaite satisfaits
        sympa super superbe top""",
    "es": """amo agradable bonita bonito buen buena buenas bueno buenos contenta contento decepcionado
        decepcionada decepcionante encanta encantada encantado encantó estupendo excelente excelentes fantástico
        fatal feliz genial gracias gusta gustó horrible increíble linda lindo mal mala malo maravilloso mejores
        ok perfecta perfectamente perfecto pésima pésimo peor preciosa precioso recomendable recomiendo
        satisfecha satisfecho súper super""",
    "pt": """adorei amei adoro agradeço amo boas bom bons bonita bonito certinho certo contente decepcionada
        decepcionado decepção excelente excelentes feliz fantástico gostando gostei gosto horrível infelizmente
        insatisfeita insatisfeito legal linda lindo lindos lixo mal maravilhosa maravilhoso maravilha melhor
        melhores nota obrigada obrigado ok ótima otima ótimas ótimo otimo ótimos parabens parabéns péssima
        péssimo pessimo perfeita perfeitamente perfeito pior recomendo recomendado ruim satisfeita satisfeito
        sensacional show super top""",
}

#: Languages whose words are known.
LANGUAGES: Final = frozenset(_FUNCTION)


@functools.cache
def stop_words(language: str | None) -> frozenset[str]:
    """Return words, in small letters with accents, that name nothing in `language`; none for a language not known.

    >>> "the" in stop_words("en"), "delivery" in stop_words("en"), len(stop_words("fi"))
    (True, False, 0)
    """
    if language not in LANGUAGES:
        return frozenset()
    return frozenset(_FUNCTION[language].split()) | frozenset(_JUDGING[language].split())
