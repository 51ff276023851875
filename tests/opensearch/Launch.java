import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.PluginInfo;

/**
 * One OpenSearch node in this process, its plugins from the class path: java -cp 'jars/*' Launch HOME PLUGIN_CLASS...
 * HOME/config holds opensearch.yml and log4j2.properties. Unlike the server's own start script it may run as root.
 * Ends when its standard input closes: a pipe from the tests, which closes with them, however they end.
 */
public final class Launch {
    /** Opens the constructor that takes plugins. */
    private static final class FlatNode extends Node {
        FlatNode(Environment environment, Collection<PluginInfo> plugins) {
            super(environment, plugins, true);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]).toAbsolutePath().normalize();
        for (String folder : List.of("data", "logs", "modules", "plugins")) {
            Files.createDirectories(home.resolve(folder));
        }
        Settings settings = Settings.builder().put("path.home", home.toString()).build();
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings, Map.of(), home.resolve("config"), () -> "node");
        LogConfigurator.registerErrorListener();
        LogConfigurator.configure(environment);
        List<PluginInfo> plugins = new ArrayList<>();
        String java = String.valueOf(Runtime.version().feature());
        for (String name : List.of(arguments).subList(1, arguments.length)) {
            plugins.add(new PluginInfo(name, "from the class path", "1", Version.CURRENT, java, name, List.of(), false));
        }
        Node node = new FlatNode(environment, plugins);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
        }));
        node.start();
        while (System.in.read() >= 0) {
            // nothing is ever said: only the end counts
        }
        System.exit(0);
    }
}
