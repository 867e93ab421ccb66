using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Cluster.Stores;
using Fed.EndToEnd.Faults;
using Fed.Host.Cluster;
using Fed.Host.History;
using Npgsql;

namespace Fed.EndToEnd.Security;

/// <summary>Bytes out of the middle of what nobody but members may see: models, broadcasts, and the vectors in the sites' outboxes. They are looked for as they are, as hexadecimal digits and as base64.</summary>
internal sealed class Canaries
{
    private const int Length = 24, FileMin = 200, DistinctMin = 8;

    private readonly HashSet<string> _hex = [];

    /// <summary>How many there are.</summary>
    public int Count => _hex.Count;

    /// <summary>Takes them from the sites' disks: their vectors, and the models that they have fetched.</summary>
    public void TakeFromSites(FaultyCluster cluster)
    {
        foreach (string site in cluster.Sites)
        {
            foreach (string file in Directory.EnumerateFiles(new DataDirectory(cluster.Folder.Node(site).Data).Node.Blobs, "*", SearchOption.AllDirectories))
            {
                try
                {
                    Take(File.ReadAllBytes(file));
                }
                catch (FileNotFoundException)
                {
                    // Its round was closed meanwhile.
                }
            }
        }
    }

    /// <summary>Takes them from the servers' blobs, as members read them: the model of every round, and what was opened.</summary>
    public void TakeFromServers(ClusterReader reader, JobId job)
    {
        NodeBlobs blobs = new(reader.Blobs);
        JobHistory history = JobHistory.Read(reader.Journal, job)!;
        foreach (CommittedRound round in history.Rounds.TakeLast(2)) Take(blobs.ReadAll(round.Committed.Step.State));
    }

    /// <summary>Which of them are in some bytes.</summary>
    public int FoundIn(ReadOnlySpan<byte> bytes) => FoundIn(Convert.ToHexStringLower(bytes)) + FoundInText(Encoding.Latin1.GetString(bytes));

    /// <summary>Which of them are in the database, in any column of any table.</summary>
    public ImmutableArray<string> FoundIn(NpgsqlDataSource database)
    {
        ImmutableArray<string>.Builder found = ImmutableArray.CreateBuilder<string>();
        List<string> tables = [];
        using (NpgsqlCommand list = database.CreateCommand("SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"))
        using (NpgsqlDataReader row = list.ExecuteReader())
            while (row.Read()) tables.Add(row.GetString(0));
        foreach (string table in tables)
        {
            using NpgsqlCommand all = database.CreateCommand($"SELECT t::text FROM {table} t");   // bytes as hexadecimal digits
            using NpgsqlDataReader row = all.ExecuteReader();
            while (row.Read())
            {
                string text = row.GetString(0);
                if (FoundIn(text) + FoundInText(text) > 0) found.Add($"{table}: {text[..Math.Min(200, text.Length)]}");
            }
        }

        return found.ToImmutable();
    }

    private int FoundIn(string hexadecimal) => _hex.Count(canary => hexadecimal.Contains(canary, StringComparison.Ordinal));

    /// <summary>As base64 the same bytes look in three ways, by where they begin; what is common to all of them is looked for.</summary>
    private int FoundInText(string text) => _hex.Count(canary => Enumerable.Range(0, 3).Any(shift => text.Contains(Convert.ToBase64String(Convert.FromHexString(canary).AsSpan(shift, Length - 3))[..24], StringComparison.Ordinal)));

    private void Take(byte[] content)
    {
        if (content.Length < FileMin) return;
        byte[] middle = content.AsSpan(content.Length / 2, Length).ToArray();
        if (middle.Distinct().Count() >= DistinctMin) _hex.Add(Convert.ToHexStringLower(middle));   // not the zeros that anybody may have
    }
}
