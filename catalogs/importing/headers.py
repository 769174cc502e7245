"""The headers people write above their columns, in French, English and Italian, and what they mean."""

from __future__ import annotations

import re

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Field(TextChoices):
    """What a column can mean, in the order in which the mapping screen offers it."""

    NAME = "name", _("Name")
    PRICE = "price", _("Price incl. VAT")
    PRICE_EXCL = "price_excl", _("Price excl. VAT")
    PRICE_PER_MEASURE = "price_per_measure", _("Price per kg or litre")
    REFERENCE = "reference", _("Reference")
    VARIANT_NAME = "variant_name", _("Name of the variant")
    VARIANT_REFERENCE = "variant_reference", _("Reference of the variant")
    CONTENT = "content", _("Packing, weight or volume")
    QUANTITY = "quantity", _("Quantity of the unit")
    UNIT = "unit", _("Unit")
    DESCRIPTION = "description", _("Description")
    REMARKS = "remarks", _("Remarks")
    CATEGORY = "category", _("Category")
    FARM = "farm", _("Farm")
    ORIGIN = "origin", _("Origin")
    ORGANIC = "organic", _("Organic (yes or no)")
    LABELS = "labels", _("Labels")
    VAT_RATE = "vat_rate", _("VAT rate")
    PROFESSIONAL_PRICE = "professional_price", _("Professional price excl. VAT")
    AVAILABLE = "available", _("Available (yes or no)")
    UNAVAILABLE = "unavailable", _("Out of stock (yes or no)")
    STOCK = "stock", _("Stock")
    LOOSE = "loose", _("Loose: price per kg (yes or no)")
    DECIMALS = "decimals", _("Sold in fractions (yes or no)")
    WEIGHED = "weighed", _("Weight varies (yes or no)")
    DEPOSIT = "deposit", _("Deposit")
    RETURNABLE = "returnable", _("What the deposit is for")
    MINIMUM = "minimum", _("Minimum order")
    STEP = "step", _("Step")
    CASE_SIZE = "case_size", _("Pieces per case")
    INGREDIENTS = "ingredients", _("Ingredients")
    STORAGE = "storage", _("Storage")


PRICES = (Field.PRICE, Field.PRICE_EXCL, Field.PRICE_PER_MEASURE)


# Headers, folded, that mean a field; the number is how sure. Matched whole.
_HEADERS: tuple[tuple[Field, int, str], ...] = (
    (
        Field.PRICE_PER_MEASURE,
        9,
        r"(prix|tarif|prezzo|price|€|eur|pu|p u)( unitaire| unit| ttc| €)?( |/)*(au|le|du|/|par|al|per|"
        r"a the)? ?(kg|kilo|litre|l|chilo|litro|liter)([ /]?(ou )?(l|litre|kg))?( ttc| €)?",
    ),
    (
        Field.PRICE_PER_MEASURE,
        9,
        r"€ ?/ ?(kg|kilo|l|litre)|prix au poids",
    ),
    (
        Field.PROFESSIONAL_PRICE,
        9,
        r"(prix|tarif|prezzo|price) (pro|professionnels?|restaurateurs?|restaurants?|revendeurs?|gros|de gros|"
        r"wholesale|ingrosso|(per )?ristoranti|(per )?professionisti)( ht| excl.*| iva esclusa)?|"
        r"(wholesale|professional|trade) price.*|prix ht pro",
    ),
    (
        Field.PRICE_EXCL,
        9,
        r"(prix|tarif|pu|p u|montant|prezzo|price|cout)?( unitaire| unit| de vente| net)? ?(€ |en € )?(ht|h t|"
        r"hors taxes?|hors tva|iva esclusa|senza iva|excl( vat)?|excluding vat|net|netto|without vat)( €|"
        r" en €)?|net price.*|price net|prezzo netto|clear price",
    ),
    (
        Field.PRICE,
        10,
        r"(prix|tarif|pu|p u|prezzo|price)?( unitaire| public| de vente| final)? ?(€ |en € )?(ttc|t t c|"
        r"tva comprise|toutes taxes|iva inclusa|ivato|con iva|incl( vat)?|including vat|gross)( €| en €)?|"
        r"price gross|gross price|pricegross",
    ),
    (
        Field.PRICE,
        9,
        r"(prix|tarif|prezzo|price|pvp)( €| en €| eur| euros?| en euros?)?|tarifs",
    ),
    (
        Field.PRICE,
        8,
        r"(prix|tarif|prezzo|price)( de)? (vente|public|publics|unitaire|unit|conseille|consommateur|client|"
        r"amap|particuliers?|unitario|al pubblico|consumatore|au detail)( €)?|unit price|sale price|"
        r"retail price|pu|p u|prix a l unite|prix piece|customer price",
    ),
    (
        Field.PRICE,
        7,
        r"(prix|tarif|prezzo|price) (l |la |le |du |de la |de l |par |a l |a la |per |al )?(carton|piece|"
        r"unite|botte|sachet|pot|"
        r"bouteille|colis|lot|pezzo|conf|confezione|cad|unit|item|adherents?|membres?|soci|members?|coop|association)",
    ),
    (
        Field.PRICE,
        5,
        r"€|euros?|valeur|cout|costo|cost|importo unitario|importo|montant unitaire",
    ),
    (
        Field.VARIANT_REFERENCE,
        9,
        r"(ref|reference)s?( unique)? (de l )?(offre|variante|article offre)|variant (sku|ref|reference|code)",
    ),
    (
        Field.REFERENCE,
        9,
        r"(ref|refs|reference|references|code|codes|sku|ean|gtin|codice|cod|article no|order number|numero|"
        r"number|num|n|no|id|plu)( unique| fournisseur| produit| article| interne| prodotto| articolo| ean|"
        r" product| barres?| barre)*",
    ),
    (
        Field.REFERENCE,
        7,
        r"(code|codice|ref|reference|numero|n) (du |de l |d |a )?(produit|article|barres?|barre|prodotto|"
        r"articolo)|(produit|product|article|prodotto) (id|code|ref|number)|barcode|id (produit|product|"
        r"prodotto)",
    ),
    (
        Field.VARIANT_NAME,
        9,
        r"nom (de l )?offre|offres?|variantes?|variants?|variant name|display name|declinaisons?|"
        r"nom (de la )?variante",
    ),
    (
        Field.NAME,
        10,
        r"(nom|noms|libelle|designation|intitule|denomination|name|nome|denominazione)( d[ue]s? | de l |"
        r" de la | of the | of | del | dell | )?(produits?|articles?|product|prodotto|articolo|commercial|"
        r"marchandise)?",
    ),
    (
        Field.NAME,
        9,
        r"(produits?|products?|prodott[oi]|articles?|articol[oi]|product ?name|item|items|nos produits|"
        r"liste des produits|produits? proposes?|long name|produits? disponibles?)",
    ),
    (
        Field.NAME,
        5,
        r"descrizione|descrizione (prodotto|articolo)|variet(e|es|a)|legumes?|fruits et legumes|espece|denree|"
        r"marchandises?|les produits|titre|title",
    ),
    (
        Field.DESCRIPTION,
        9,
        r"(description|desc|descriptif|details?|descrizione|presentation|description (du produit|courte|"
        r"longue)|short description|long description|description ?short|caracteristiques)",
    ),
    (
        Field.REMARKS,
        9,
        r"(remarques?|observations?|obs|notes?|commentaires?|comments?|infos?|informations?|precisions?|"
        r"remarks?|note( a)?|annotazioni|osservazioni)",
    ),
    (
        Field.CATEGORY,
        9,
        r"(categorie|categories|rayons?|familles?|gamme|category|categories|categoria|reparto|groupe|"
        r"department|categorisation|type de produit|famille de produits?)",
    ),
    (
        Field.CATEGORY,
        5,
        r"type|tipo|sous famille|sous categorie|tipologia|department for customer|nature",
    ),
    (
        Field.FARM,
        9,
        r"(producteurs?|productrices?|producteur ?rice|fermes?|fournisseurs?|producers?|suppliers?|"
        r"manufacturer|produttor[ei]|fornitor[ei]|azienda|farms?|exploitation|nom du producteur|siteproducer)",
    ),
    (
        Field.ORIGIN,
        9,
        r"(origines?|provenances?|origin|provenienza|origine prodotto|pays|pays d origine|country|"
        r"lieu de production|region)",
    ),
    (
        Field.ORGANIC,
        9,
        r"(bio|ab|organic|biologique|biologico|agriculture biologique|certifie bio|bio o n|bio \?|is organic)",
    ),
    (
        Field.LABELS,
        9,
        r"(labels?|certifications?|mentions?|signes? de qualite|certificazion[ei]|marchi|culture ?mode|"
        r"mode de (culture|production)|qualite)",
    ),
    (
        Field.CONTENT,
        9,
        r"((?:poids|volume|contenance|contenu)(?: net)? en \w{1,5}|pezzatura|conditionnements?|cond|cdt|"
        r"contenances?|contenu|contenuto( netto)?|contenance poids|poids contenance|poids|poids net|"
        r"volumes?|grammages?|formats?|tailles?|presentation vente|confezion[ei]|confezionamento|packaging|"
        r"packing|packs?|pack size|package|content|contents|net content|net weight|weight|peso|peso netto|"
        r"formato|size|contenu net|poids volume|poids ou volume|volume poids|unite poids|quantite poids|"
        r"poids unitaire|poids piece|portion|poids moyen|poids approximatif|peso medio)",
    ),
    (
        Field.UNIT,
        9,
        r"(unites?|unit|um|u m|u|uv|u v|uvc|unita|unita di misura|unites? de (vente|mesure|commande)|vendu (par|"
        r"a|au|a l)|"
        r"vente (par|a|au)|unit ?type|mesure|measure|unity|udm|sale unit|type d unite|unite prix|"
        r"a l unite ou au kg|variant unit name|conditionnement unite)",
    ),
    (
        Field.QUANTITY,
        8,
        r"(quantites?|qtes?|qt|qty|quantity|quantita|q ta|qta|quantite unitaire|quantite par unite|units|"
        r"valeur unite)",
    ),
    (
        Field.VAT_RATE,
        9,
        r"(tva|t v a|tx tva|taux|taux (de )?tva|taux de t v a|vat|vat rate|tax|tax rate|taxrate|iva|aliquota|"
        r"aliquota iva|iva applicata)( %)?|(%) ?(tva|iva|vat)|steuersatz",
    ),
    (
        Field.DEPOSIT,
        9,
        r"(consignes?|montant consigne|consigne ttc|deposits?|cauzion[ei]|vuoto|vuoto a rendere)( €)?",
    ),
    (
        Field.RETURNABLE,
        9,
        r"a rendre|(contenant|emballage) consigne|to give back|returnables?|da rendere|contenitore a rendere",
    ),
    (
        Field.STOCK,
        9,
        r"(stocks?|en stock|stock (disponible|dispo|restant|initial|reel|available)|(quantite|qte|"
        r"quantites) (disponible|dispo|en stock|max|maximum)s?|on hand|onhand|in stock|giacenza|scorta|"
        r"available quantity|quantita disponibile|reste)",
    ),
    (
        Field.AVAILABLE,
        9,
        r"(dispo|disponibles?|disponibilites?|actif|active|actifs|en vente|available|availability|avail|"
        r"disponibile|disponibilita|attivo|statut|status|etat|stato|a la vente|visible|en ligne|vendable|"
        r"is active|published)",
    ),
    (
        Field.UNAVAILABLE,
        9,
        r"(ruptures?|en rupture|epuise|sold out|out of stock|esaurito|indisponible)",
    ),
    (
        Field.LOOSE,
        9,
        r"(vrac|en vrac|loose|sfuso|bulk)( o n)?",
    ),
    (
        Field.DECIMALS,
        9,
        r"(quantites?|qt|qte) a virgules?|floatqt|float qt|decimal(es)?|fractionnable|virgule",
    ),
    (
        Field.WEIGHED,
        9,
        r"variable ?price|prix variable|poids variable|(vendu )?au poids|pesee?|a peser|weighed|"
        r"sold by weight|(venduto )?a peso|order by piece pay by kg|peso variabile",
    ),
    (
        Field.MINIMUM,
        9,
        r"(minimum|mini|min|minimo)( de commande| order| qty| quantity| ordine| d achat)?|(quantite|qte|qty|"
        r"quantita) (min|mini|minimum|minimale|minima|minimo)|minimum order quantity|"
        r"customer minimum order quantity",
    ),
    (
        Field.STEP,
        9,
        r"(pas|step|multiple|multiplo( di)?|increment|pas de commande|multiple de|par multiple de|"
        r"customer increment order quantity)",
    ),
    (
        Field.CASE_SIZE,
        9,
        r"(colisage|pcb|par colis|par carton|pieces par (colis|carton|caisse)|(nb|nombre|nbre) (par|"
        r"de pieces par|d unites par|unites par) (colis|carton|caisse)|case size|per case|pezzi per (cartone|"
        r"collo|cassa)|collo|unites? par (carton|colis|caisse)|unit quantity)",
    ),
    (
        Field.INGREDIENTS,
        9,
        r"(ingredients?|compositions?|ingredienti|composizione)",
    ),
    (
        Field.STORAGE,
        9,
        r"(conservation|mode de conservation|storage|conservazione|stockage)",
    ),
)
HEADERS = tuple((field, weight, re.compile(pattern)) for field, weight, pattern in _HEADERS)

# What no column of a price list means to us, though its words look like it.
IGNORED = re.compile(
    r"(sous )?tota(l|ux|le|li)\b.*|.*\btotal(e|es)?$|montants?( ttc| ht)?|a payer|.*\bcommandee?s?\b.*|prix d achat.*|"
    r"pa( ht)?|(ancien|old|vecchio) (prix|price|prezzo).*|(prix|price) barre|date.*|url.*|image.*|photo.*|marge.*|"
    r"(qte|quantite|quantita) (totale?|totaux|commandee?|voulue|souhaitee|ordinat[ae])|commande|order|ordine"
)
