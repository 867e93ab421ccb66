using Fed.Cluster.Identity;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Who may read the blobs that a node writes, and with which keys it reads itself.</summary>
/// <param name="Members">Whom the node knows: all nodes of the store's role may read, as long as their certificates count.</param>
/// <param name="Own">The node's encryption keys, of renewals before too; owned by the caller.</param>
public sealed record BlobReaders(Membership Members, ImmutableArray<EncryptionKey> Own);
