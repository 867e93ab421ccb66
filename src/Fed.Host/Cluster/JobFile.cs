using Fed.Host.Configuration;
using Fed.Host.Configuration.Hocon;

namespace Fed.Host.Cluster;

/// <summary>The <c>job</c> block of a configuration, and nothing else of it: where a site's rows lie is the site's business.</summary>
internal static class JobFile
{
    /// <summary>Reads it.</summary>
    /// <exception cref="UserException">The file is missing, is no HOCON, or its job cannot be run on several machines.</exception>
    public static JobOptions Load(string file)
    {
        HoconObject defaults = Hocon.Parse(FedConfig.ReferenceText, FedConfig.ReferenceName);
        HoconObject root = ShortForm.Expand(Hocon.Load(file, (FedConfig.ReferenceName, FedConfig.ReferenceText), Environment.GetEnvironmentVariable), defaults);
        TrainerBinder.RefuseCommands(root);
        KnownKeys.Check(root, defaults);
        JobOptions job = JobBinder.Bind(new ConfigReader(root, "", new HashSet<string>(StringComparer.Ordinal)).Section("job"));
        return job.Kind == RunKind.Federated ? job : throw new UserException($"{file}: job.algorithm = {job.AlgorithmName} trains without a federation, which is for './fed simulate'");
    }
}
