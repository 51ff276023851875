"""The engine on a cluster: OpenSearch holds terms, vectors and filters; the order is made by fusion.py, as everywhere.

ALIAS                     names the live generation; moved by one atomic call, which is the promotion
ALIAS-<generation>        one index: an entry is a document, and one more document notes the revision (mapping.py)

Every document's version is its entry's revision in the store, so that what arrives late never replaces what is newer.
Nothing refreshes an index but its writer, after the last document of a write: documents and revision become visible
together (on one shard; on several, shard by shard within the same call). No scripts, pipelines or templates are
installed on the cluster. Only importer of opensearchpy.
"""

from catalogue.search.opensearch.cluster import Access, Cluster
from catalogue.search.opensearch.reader import OpenSearchReader
from catalogue.search.opensearch.writer import OpenSearchWriter

__all__ = ["Access", "Cluster", "OpenSearchReader", "OpenSearchWriter"]
