using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Cluster.Identity;
using Fed.Cluster.Stores;

namespace Fed.Host.History;

/// <summary>What an audit of a federation holds against each other: of a simulation's folder, or of a cluster, of whose sites those journals count that lie on this machine.</summary>
/// <param name="Reader">The coordinator's journal and blobs.</param>
/// <param name="Keys">Public keys of coordinators and sites by key id.</param>
/// <param name="SiteKeys">Whose key it is, by key id, for those of sites.</param>
/// <param name="Sites">The sites that lie here, with their journals.</param>
/// <param name="Jobs">The folder with a folder for each finished job's outputs.</param>
/// <param name="HasHeads">Whether a finished job leaves the signed ends of its logs there.</param>
/// <param name="HasContributions">Whether contributions that a plan retains can be read here.</param>
internal sealed record AuditSources(
    NodeReader Reader, ImmutableDictionary<Digest, ReadOnlyMemory<byte>> Keys, ImmutableDictionary<Digest, string> SiteKeys, ImmutableArray<(string Site, string Journal)> Sites, string Jobs, bool HasHeads, bool HasContributions)
{
    /// <summary>Those of an open reader.</summary>
    public static AuditSources Of(NodeReader reader)
    {
        DataDirectory data = reader.Data;
        if (reader.Cluster is not { } cluster)
        {
            return new AuditSources(
                reader, data.PublicKeys(), data.Sites().Where(site => File.Exists(data.Site(site).PublicKey)).DistinctBy(site => KeyOf(data, site)).ToImmutableDictionary(site => KeyOf(data, site)),
                [.. data.Sites().Select(site => (site, data.Site(site).Journal))], Path.Combine(data.Root, "jobs"), HasHeads: true, HasContributions: true);
        }

        ImmutableDictionary<Digest, KnownKey> keys = cluster.SigningKeys;
        return new AuditSources(
            reader, keys.ToImmutableDictionary(static key => key.Key, static key => key.Value.Key), keys.Where(static key => key.Value.Site is not null).ToImmutableDictionary(static key => key.Key, static key => key.Value.Site!),
            cluster.SitesHere(), Path.Combine(cluster.Folder.Root, "jobs"), HasHeads: false, HasContributions: cluster.HasAggregatorsKeys);
    }

    private static Digest KeyOf(DataDirectory data, string site) => Digest.Of(KeyFiles.ReadPublic(data.Site(site).PublicKey));

    /// <summary>A job's outputs.</summary>
    public string Job(JobId id) => Path.Combine(Jobs, id.FileName);
}
