"""
Lineage, runs, tests and profiles in OpenMetadata.

An event is *learned* (``learning``: what it says joins the facts that are kept), the facts that it touched are *mapped*
(``mapping``: pure, facts to requests), and the requests are *published* (``publishing``: compared with what was sent
and with what stands there, then sent by ``client``).
"""
